package cloudfrontapi

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// A Difference is one setting that two configurations do not share.
type Difference struct {
	// Field is a path such as Origins/shop/OriginPath: members of lists go by their id,
	// path pattern, code or event.
	Field string
	// First and Second are its values, empty where it has none. Values of custom origin
	// headers are secrets: of those there is a hash.
	First, Second string
	// Locked: continuous deployment does not let it differ.
	Locked bool
}

// free are the settings that primary and staging may have each of their own. Source:
// Developer Guide, "Update primary and staging distributions"; that of Enabled is what
// hashicorp/aws relies on.
var free = []string{
	"DefaultCacheBehavior", "CacheBehaviors", "Origins", "OriginGroups", "CustomErrorResponses", "Restrictions", "DefaultRootObject", "Logging", "Comment", "Enabled",
}

// own are the settings that are no part of what is compared: names and bookkeeping.
var own = []string{"Aliases", "CallerReference", "ContinuousDeploymentPolicyId", "Staging"}

// Differences lists the settings that two distributions do not share, sorted, without
// names and bookkeeping: none exactly if their fingerprints are equal.
func Differences(a, b Distribution) []Difference { return differences(a.raw, b.raw) }

func differences(a, b []byte) []Difference {
	first, second := settings(a), settings(b)
	var out []Difference
	add := func(field string) {
		if first[field] != second[field] {
			top, _, _ := strings.Cut(field, "/")
			out = append(out, Difference{Field: field, First: first[field], Second: second[field], Locked: !slices.Contains(free, top)})
		}
	}
	for field := range first {
		add(field)
	}
	for field := range second {
		if _, both := first[field]; !both {
			add(field)
		}
	}
	slices.SortFunc(out, func(a, b Difference) int { return cmp.Compare(a.Field, b.Field) })
	return out
}

// keys are the elements by which members of a list are told apart, by the member's name.
var keys = map[string]string{
	"Origin": "Id", "OriginGroup": "Id", "CacheBehavior": "PathPattern", "CustomErrorResponse": "ErrorCode",
	"FunctionAssociation": "EventType", "LambdaFunctionAssociation": "EventType", "OriginCustomHeader": "HeaderName", "OriginGroupMember": "OriginId",
}

// settings flattens a configuration to its values by field.
func settings(raw []byte) map[string]string {
	out := map[string]string{}
	config := configuration(raw)
	if config == nil {
		return out
	}
	config.without(own...).flatten("", out)
	return out
}

func (e *element) flatten(prefix string, out map[string]string) {
	var order, plain []string
	for _, c := range e.children {
		key := c.child(keys[c.name])
		switch {
		case c.name == "Quantity" && c.text != "":
		case c.name == "Items":
			c.flatten(prefix, out)
		case key != "":
			c.without(keys[c.name]).flatten(prefix+key+"/", out)
			out[prefix+key] = "present"
			order = append(order, key)
		case e.name == "Items" && c.text != "":
			plain = append(plain, c.text)
		case e.name == "Items":
			plain = append(plain, c.canonical())
		case c.name == "HeaderValue":
			sum := sha256.Sum256([]byte(c.text))
			out[prefix+c.name] = "sha256:" + hex.EncodeToString(sum[:4])
		case c.text != "":
			out[prefix+c.name] = c.text
		default:
			c.flatten(prefix+c.name+"/", out)
		}
	}
	if len(plain) > 0 {
		slices.Sort(plain)
		out[strings.TrimSuffix(prefix, "/")] = strings.Join(plain, ", ")
	}
	if len(order) > 1 && slices.ContainsFunc(e.children, func(c *element) bool { return slices.Contains(inOrder, c.name) }) {
		out[prefix+"order"] = strings.Join(order, ", ")
	}
}

// child is the text of a child, "" if there is none.
func (e *element) child(name string) string {
	for _, c := range e.children {
		if name != "" && c.name == name {
			return c.text
		}
	}
	return ""
}

// String says the difference on one line.
func (d Difference) String() string {
	or := func(s string) string { return cmp.Or(s, "nothing") }
	return fmt.Sprintf("%s: %s, %s", d.Field, or(d.First), or(d.Second))
}
