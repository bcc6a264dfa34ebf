package wire_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

func check(t *testing.T, service, operation, doc string) *wire.Error {
	t.Helper()
	m := wire.LoadModel(service)
	var body *wire.Node
	if doc != "" {
		n, err := wire.ParseXML(strings.NewReader(doc))
		if err != nil {
			t.Fatal(err)
		}
		body = n
	}
	err := m.Validate(m.Operations[operation], body)
	var e *wire.Error
	if err != nil && !errors.As(err, &e) {
		t.Fatalf("not an AWS error: %v", err)
	}
	return e
}

const change = `<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes><Change>
  <Action>UPSERT</Action><ResourceRecordSet><Name>www.example.com</Name><Type>A</Type><TTL>60</TTL>
  <ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>
</Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`

func TestViolationsAreFoundByTheModel(t *testing.T) {
	t.Parallel()
	const (
		route53 = "route53 ChangeResourceRecordSets"
		create  = "cloudfront CreateInvalidation"
	)
	batch := func(paths string) string {
		return "<InvalidationBatch><Paths>" + paths + "</Paths><CallerReference>r</CallerReference></InvalidationBatch>"
	}
	one := "<Quantity>1</Quantity><Items><Path>/a</Path></Items>"
	for name, tc := range map[string]struct{ operation, doc, code, says string }{
		"a good batch of changes":     {route53, change, "", ""},
		"an unknown element":          {route53, strings.Replace(change, "<TTL>", "<Moon>full</Moon><TTL>", 1), "", ""},
		"a misspelled action":         {route53, strings.Replace(change, "UPSERT", "INSERT", 1), "InvalidInput", "'changeBatch.changes.1.member.action' failed to satisfy constraint: Member must satisfy enum value set: [CREATE, DELETE, UPSERT]"},
		"a word for a TTL":            {route53, strings.Replace(change, ">60<", ">soon<", 1), "InvalidInput", "resourceRecordSet.tTL"},
		"a negative TTL":              {route53, strings.Replace(change, ">60<", ">-1<", 1), "InvalidInput", "greater than or equal to 0"},
		"no name":                     {route53, strings.Replace(change, "<Name>www.example.com</Name>", "", 1), "InvalidInput", "Value null at"},
		"no body for Route 53":        {route53, "", "InvalidInput", ""},
		"another document":            {route53, "<ChangeBatch/>", "InvalidInput", "root element ChangeBatch"},
		"a good invalidation":         {create, batch(one), "", ""},
		"no body for CloudFront":      {create, "", "MissingBody", ""},
		"a wrong quantity":            {create, batch("<Quantity>3</Quantity><Items><Path>/a</Path></Items>"), "InconsistentQuantities", "The specified quantity of Paths (3) does not match the actual quantity supplied (1)."},
		"a quantity without items":    {create, batch("<Quantity>1</Quantity>"), "InconsistentQuantities", "(0)"},
		"items before the quantity":   {create, batch("<Items><Path>/a</Path></Items><Quantity>1</Quantity>"), "", ""},
		"no quantity":                 {create, batch("<Items><Path>/a</Path></Items>"), "MalformedXML", "1 validation error detected: Value null at 'invalidationBatch.paths.quantity'"},
		"two violations":              {create, "<InvalidationBatch><Paths><Quantity>x</Quantity></Paths></InvalidationBatch>", "MalformedXML", "2 validation errors detected"},
		"text where a structure is":   {create, "<InvalidationBatch><Paths>/a</Paths><CallerReference>r</CallerReference></InvalidationBatch>", "MalformedXML", "structure"},
		"an operation without a body": {"cloudfront GetDistribution", "", "", ""},
		"an empty structure is there": {"cloudfront UpdateDomainAssociation", "<UpdateDomainAssociationRequest><Domain>a.b</Domain><TargetResource/></UpdateDomainAssociationRequest>", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			service, operation, _ := strings.Cut(tc.operation, " ")
			e := check(t, service, operation, tc.doc)
			switch {
			case e == nil && tc.code != "":
				t.Errorf("passed, want %s", tc.code)
			case e != nil && (e.Code != tc.code || !strings.Contains(e.Message, tc.says)):
				t.Errorf("answered %v, want %s with %q", e, tc.code, tc.says)
			}
		})
	}
}

func TestViolationsInJSONAreFoundByTheModel(t *testing.T) {
	t.Parallel()
	m := wire.LoadModel("acm")
	for name, tc := range map[string]struct {
		in   map[string]any
		code string
	}{
		"good":           {map[string]any{"DomainName": "example.com", "SubjectAlternativeNames": []any{"a.example.com"}}, ""},
		"missing":        {map[string]any{}, "ValidationException"},
		"a number":       {map[string]any{"DomainName": 1.0}, "SerializationException"},
		"an enumeration": {map[string]any{"DomainName": "example.com", "ValidationMethod": "PIGEON"}, "ValidationException"},
		"an empty list":  {map[string]any{"DomainName": "example.com", "SubjectAlternativeNames": []any{}}, "ValidationException"},
	} {
		err := m.ValidateJSON(m.Operations["RequestCertificate"], tc.in)
		var e *wire.Error
		errors.As(err, &e)
		if (err == nil) != (tc.code == "") || e != nil && e.Code != tc.code {
			t.Errorf("%s: %v, want %q", name, err, tc.code)
		}
	}
}

// Whatever a client sends to any operation of either model ends in an answer, not in a panic.
func TestNonsensePanicsInNoOperation(t *testing.T) {
	t.Parallel()
	for _, service := range []string{"cloudfront", "route53"} {
		m := wire.LoadModel(service)
		for _, op := range m.Operations {
			_ = m.Validate(op, nil)
			_ = m.Validate(op, wire.Elem("Other", wire.Text("A", "b")))
			if op.Input == nil {
				continue
			}
			in := m.Shapes[op.Input.Shape]
			root, shape := op.Input.LocationName, in
			if in.Payload != "" {
				if root = in.Members[in.Payload].LocationName; root == "" {
					root = in.Payload
				}
				shape = m.Shapes[in.Members[in.Payload].Shape]
			}
			body := wire.Elem(root)
			for member := range shape.Members {
				body.Set(wire.Elem(member, wire.Elem("Items", wire.Elem("X")), wire.Int("Quantity", 1)))
			}
			_ = m.Validate(op, body)
		}
	}
}
