package cloudfrontapi

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// rich is a configuration with one of everything that lists hold.
const rich = `<DistributionConfig><CallerReference>r</CallerReference><Aliases><Quantity>0</Quantity></Aliases><DefaultRootObject></DefaultRootObject>
<Origins><Quantity>3</Quantity><Items>
<Origin><Id>site</Id><DomainName>site.test</DomainName><OriginPath></OriginPath><CustomHeaders><Quantity>1</Quantity><Items><OriginCustomHeader><HeaderName>x-key</HeaderName><HeaderValue>secret</HeaderValue></OriginCustomHeader></Items></CustomHeaders>
<CustomOriginConfig><HTTPPort>80</HTTPPort><HTTPSPort>443</HTTPSPort><OriginProtocolPolicy>https-only</OriginProtocolPolicy><OriginReadTimeout>30</OriginReadTimeout><OriginKeepaliveTimeout>5</OriginKeepaliveTimeout></CustomOriginConfig><ConnectionAttempts>3</ConnectionAttempts><ConnectionTimeout>10</ConnectionTimeout><OriginShield><Enabled>false</Enabled></OriginShield></Origin>
<Origin><Id>bucket</Id><DomainName>bucket.test</DomainName><S3OriginConfig><OriginAccessIdentity></OriginAccessIdentity></S3OriginConfig></Origin>
<Origin><Id>private</Id><DomainName>private.test</DomainName><VpcOriginConfig><VpcOriginId>vo_1</VpcOriginId></VpcOriginConfig></Origin></Items></Origins>
<OriginGroups><Quantity>1</Quantity><Items><OriginGroup><Id>both</Id><FailoverCriteria><StatusCodes><Quantity>1</Quantity><Items><StatusCode>503</StatusCode></Items></StatusCodes></FailoverCriteria><Members><Quantity>2</Quantity><Items><OriginGroupMember><OriginId>site</OriginId></OriginGroupMember><OriginGroupMember><OriginId>bucket</OriginId></OriginGroupMember></Items></Members></OriginGroup></Items></OriginGroups>
<DefaultCacheBehavior><TargetOriginId>site</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy><CachePolicyId>p</CachePolicyId><Compress>false</Compress></DefaultCacheBehavior>
<CacheBehaviors><Quantity>2</Quantity><Items><CacheBehavior><PathPattern>/a</PathPattern><TargetOriginId>bucket</TargetOriginId><AllowedMethods><Quantity>2</Quantity><Items><Method>HEAD</Method><Method>GET</Method></Items></AllowedMethods><LambdaFunctionAssociations><Quantity>1</Quantity><Items><LambdaFunctionAssociation><EventType>origin-request</EventType><LambdaFunctionARN>arn</LambdaFunctionARN></LambdaFunctionAssociation></Items></LambdaFunctionAssociations></CacheBehavior>
<CacheBehavior><PathPattern>/b</PathPattern><TargetOriginId>both</TargetOriginId></CacheBehavior></Items></CacheBehaviors>
<CustomErrorResponses><Quantity>1</Quantity><Items><CustomErrorResponse><ErrorCode>404</ErrorCode></CustomErrorResponse></Items></CustomErrorResponses>
<Comment>c</Comment><Enabled>true</Enabled><ViewerCertificate><ACMCertificateArn>arn</ACMCertificateArn></ViewerCertificate><ViewerMtlsConfig><Mode>required</Mode><TrustStoreConfig><TrustStoreId>ts</TrustStoreId></TrustStoreConfig></ViewerMtlsConfig></DistributionConfig>`

// write is the element as XML.
func (e *element) write(b *strings.Builder) {
	if e.name != "" {
		fmt.Fprintf(b, "<%s>", e.name)
	}
	_ = xml.EscapeText(b, []byte(e.text)) // a strings.Builder takes everything
	for _, c := range e.children {
		c.write(b)
	}
	if e.name != "" {
		fmt.Fprintf(b, "</%s>", e.name)
	}
}

// doc is the answer about a distribution with such a configuration.
func (e *element) doc() []byte {
	var b strings.Builder
	e.write(&b)
	return []byte(b.String())
}

func clone(e *element) *element {
	out := &element{name: e.name, text: e.text}
	for _, c := range e.children {
		out.children = append(out.children, clone(c))
	}
	return out
}

// every visits each element of a copy of the configuration, with its schema, and gives
// back what the copy has become after each visit.
func every(config *element, visit func(schema string, e *element) bool) (out [][]byte) {
	var count func(schema string, e *element, do func(string, *element))
	count = func(schema string, e *element, do func(string, *element)) {
		do(schema, e)
		for _, c := range e.children {
			below := strings.TrimPrefix(schema+"/"+c.name, "/")
			if c.name == "Items" || c.name == "Quantity" {
				below = schema
			}
			count(below, c, do)
		}
	}
	n := 0
	count("", config, func(string, *element) { n++ })
	for i := range n {
		copied, at, changed := clone(config), 0, false
		count("", copied, func(schema string, e *element) {
			if at == i {
				changed = visit(schema, e)
			}
			at++
		})
		if changed {
			out = append(out, copied.doc())
		}
	}
	return out
}

// Property: whatever CloudFront begins to spell out, or stops to, is no change: a known
// element at its default, and any element that this build does not know.
func TestWhatIsSpelledOutIsNoChange(t *testing.T) {
	t.Parallel()
	config := configuration([]byte(rich))
	before := Distribution{raw: config.doc()}
	whole, released := fingerprint(before.raw), content(before.raw)
	unchanged := func(what string, docs [][]byte) int {
		for _, doc := range docs {
			if d := Differences(before, Distribution{raw: doc}); fingerprint(doc) != whole || content(doc) != released || len(d) > 0 {
				t.Errorf("%s changes the configuration: %v\n%s", what, d, doc)
			}
		}
		return len(docs)
	}
	cases := 0
	strange := []*element{
		{name: "Novelty", text: "true"},
		{name: "Novelty", text: "3"},
		{name: "Novelty"},
		{name: "Novelty", children: []*element{{name: "Enabled", text: "false"}}},
		{name: "Novelty", children: []*element{{name: "Quantity", text: "0"}}},
		{name: "Novelty", children: []*element{{name: "Quantity", text: "1"}, {name: "Items", children: []*element{{name: "One", text: "x"}}}}},
		{name: "Novelty", children: []*element{{name: "Items", children: []*element{{name: "One", children: []*element{{name: "Id", text: "x"}}}}}}},
	}
	for _, novelty := range strange {
		for _, front := range []bool{true, false} {
			cases += unchanged("an element that nobody knows", every(config, func(_ string, e *element) bool {
				if e.text != "" || e.name == "Quantity" || len(e.children) == 0 && e.name != "DistributionConfig" {
					return false // nothing stands beside text
				}
				if e.children = append(e.children, clone(novelty)); front {
					e.children = slices.Insert(e.children[:len(e.children)-1], 0, clone(novelty))
				}
				return true
			}))
		}
	}
	for schema, values := range defaults {
		for _, value := range values {
			if value == whatever {
				value = "anything"
			}
			cases += unchanged(schema+" = "+value, spelledOut(config, schema, value))
		}
	}
	cases += unchanged("leaving out a default", every(config, func(schema string, e *element) bool {
		before := len(e.children)
		e.children = slices.DeleteFunc(e.children, func(c *element) bool {
			return setting{schema: strings.TrimPrefix(schema+"/"+c.name, "/"), value: c.text}.unsaid()
		})
		return len(e.children) < before
	}))
	cases += unchanged("leaving out what holds nothing", every(config, func(_ string, e *element) bool {
		before := len(e.children)
		e.children = slices.DeleteFunc(e.children, func(c *element) bool { return c.canonical() == "" || c.name == "Quantity" })
		return len(e.children) < before
	}))
	if cases < 600 {
		t.Errorf("only %d cases", cases)
	}
	t.Logf("%d answers that say the same", cases)
}

// spelledOut writes a default into every place where it can stand, and does not yet.
func spelledOut(config *element, schema, value string) [][]byte {
	parts := strings.Split(schema, "/")
	name := parts[len(parts)-1]
	// The places are the deepest elements on the way that are there already.
	var out [][]byte
	for depth := len(parts) - 1; depth >= 0 && out == nil; depth-- {
		at := strings.Join(parts[:depth], "/")
		out = every(config, func(is string, e *element) bool {
			if is != at || e.name == "Items" || e.name == "Quantity" || slices.ContainsFunc(e.children, func(c *element) bool { return c.name == parts[depth] || c.name == "Items" }) {
				return false
			}
			made := &element{name: name, text: value}
			if list := strings.Split(value, ", "); len(list) > 1 {
				items := &element{name: "Items"}
				for _, v := range list {
					items.children = append(items.children, &element{name: name, text: v})
				}
				made = items
			}
			for _, part := range slices.Backward(parts[depth : len(parts)-1]) {
				made = &element{name: part, children: []*element{made}}
			}
			e.children = append(e.children, made)
			return true
		})
	}
	return out
}

// What is set is a change, wherever it stands: the property above must not hold because
// nothing is ever looked at.
func TestEveryKnownSettingIsAChange(t *testing.T) {
	t.Parallel()
	config := configuration([]byte(rich))
	before, cases := Distribution{raw: config.doc()}, 0
	for _, doc := range every(config, func(schema string, e *element) bool {
		top, _, _ := strings.Cut(schema, "/")
		if e.text == "" || e.name == "Quantity" || slices.Contains(own, top) {
			return false
		}
		e.text += "9"
		return true
	}) {
		cases++
		if after := (Distribution{raw: doc}); fingerprint(doc) == fingerprint(before.raw) || len(Differences(before, after)) == 0 || unknownHash(configuration(doc)) != "" {
			t.Errorf("a change is not seen in %s", doc)
		}
	}
	for _, doc := range every(config, func(schema string, e *element) bool {
		if schema != "" && schema != "Origins/Origin" && schema != "DefaultCacheBehavior" {
			return false
		}
		if e.name == "Items" {
			return false
		}
		e.children = append(e.children, &element{name: "Novelty", text: "1"})
		return true
	}) {
		cases++
		after := Distribution{raw: doc, UnknownHash: "some"}
		if unknownHash(configuration(doc)) == "" || len(Unfamiliar(before, after)) != 1 || len(after.Unknown()) != 1 || !strings.HasSuffix(after.Unknown()[0], "Novelty") {
			t.Errorf("what nobody knows is not reported: %v, of %s", Unfamiliar(before, after), doc)
		}
	}
	t.Logf("%d changes", cases)
}
