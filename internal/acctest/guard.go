package acctest

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

// ProtectByHand forbids every change of a name's records of one type.
func (e *Env) ProtectByHand(name, typ, comment string) {
	e.tb.Helper()
	_, err := e.Route53.CreateResourceRecordSetProtections(e.ctx(), &route53.CreateResourceRecordSetProtectionsInput{
		HostedZoneId: aws.String(e.zoneOf(name)),
		Protections:  []r53types.ResourceRecordSetProtectionConfig{{RecordName: aws.String(name), RecordType: r53types.RRType(typ), Comment: aws.String(comment)}},
	})
	e.must(err)
}

// ProtectNeighbours forbids changes of what stands beside the records of every name: those
// of another type, and those of another name of each zone. Route 53 refuses a whole batch
// that touches one, so whoever writes has to leave them alone, and they are no reason to stop.
func (e *Env) ProtectNeighbours() {
	e.tb.Helper()
	for _, domain := range slices.Sorted(maps.Keys(e.ZoneIDs)) {
		e.ProtectByHand("neighbour."+domain, "A", "of somebody else")
	}
	for _, name := range e.Names {
		e.ProtectByHand(name, "TXT", "of somebody else")
	}
}

// UnprotectByHand allows them again.
func (e *Env) UnprotectByHand(name, typ string) {
	e.tb.Helper()
	_, err := e.Route53.DeleteResourceRecordSetProtections(e.ctx(), &route53.DeleteResourceRecordSetProtectionsInput{
		HostedZoneId: aws.String(e.zoneOf(name)),
		Protections:  []r53types.ResourceRecordSetProtectionKey{{RecordName: aws.String(name), RecordType: r53types.RRType(typ)}},
	})
	e.must(err)
}

// RecoverByHand begins to enable accelerated recovery of a zone, which locks it in the end.
func (e *Env) RecoverByHand(domain string) {
	e.tb.Helper()
	_, err := e.Route53.UpdateHostedZoneFeatures(e.ctx(), &route53.UpdateHostedZoneFeaturesInput{HostedZoneId: aws.String(e.ZoneIDs[domain]), EnableAcceleratedRecovery: aws.Bool(true)})
	e.must(err)
}

// Unasked are the ways in which a server does not say what is protected.
func Unasked() map[string]fault.Fault {
	of := func(code string, status int) fault.Fault {
		return fault.Fault{Operation: "ListResourceRecordSetProtections", Kind: fault.Answer, Code: code, Status: status, Message: "no"}
	}
	return map[string]fault.Fault{
		"denied": of("AccessDenied", 403), "not known": of("UnknownOperationException", 404), "not implemented": of("NotImplemented", 501),
		"not valid": of("InvalidAction", 400), "failing for ever": {Operation: "ListResourceRecordSetProtections", Kind: fault.ServerFail},
	}
}
