package cloudfrontapi

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// A setting is one value in a configuration.
type setting struct {
	// path names it among the settings of its distribution: members of lists go by their
	// id, path pattern, code or event.
	path string
	// schema names it among the elements of the API: all members of a list are alike.
	schema, value string
}

// vocabularyText lists the elements that this build knows, one on a line, each after the
// generation in which it came to be known. An element is never moved to another one: what
// is on record of a configuration has a hash for each, so that builds that know more or
// less can be told apart from configurations that changed.
//
//go:embed vocabulary.txt
var vocabularyText string

var vocabulary, generations = readVocabulary(vocabularyText)

func readVocabulary(text string) (of map[string]int, generations int) {
	of = map[string]int{}
	for line := range strings.Lines(text) {
		generation, schema, ok := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.Atoi(generation); ok && err == nil {
			of[schema], generations = n, max(n, generations)
		}
	}
	return of, generations
}

// settings lists what a configuration says, but for some of its top-level members, by
// generation and sorted by path. Those that this build does not know are of generation 0.
func settings(config *element, except ...string) map[int][]setting {
	out := map[int][]setting{}
	if config == nil {
		return out
	}
	var all []setting
	config.without(except...).flatten("", "", &all)
	slices.SortFunc(all, func(a, b setting) int { return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.value, b.value)) })
	for _, s := range all {
		out[vocabulary[s.schema]] = append(out[vocabulary[s.schema]], s)
	}
	return out
}

// keys are the elements by which members of a list are told apart, by the member's name.
var keys = map[string]string{
	"Origin": "Id", "OriginGroup": "Id", "CacheBehavior": "PathPattern", "CustomErrorResponse": "ErrorCode",
	"FunctionAssociation": "EventType", "LambdaFunctionAssociation": "EventType", "OriginCustomHeader": "HeaderName", "OriginGroupMember": "OriginId",
	"member": "Name", // of TenantConfig/ParameterDefinitions
}

func (e *element) flatten(path, schema string, out *[]setting) {
	var order []string
	var member string
	plain := map[string][]string{} // by the name of the member
	for _, c := range e.children {
		key := c.child(keys[c.name])
		switch {
		case c.name == "Quantity" && c.text != "": // it counts what is listed
		case c.name == "Items":
			c.flatten(path, schema, out)
		case key != "":
			c.without(keys[c.name]).flatten(path+key+"/", schema+c.name+"/", out)
			*out = append(*out, setting{path + key, schema + c.name, "present"})
			order, member = append(order, key), c.name
		case e.name == "Items":
			if text := cmp.Or(c.text, c.canonical()); text != "" {
				plain[c.name] = append(plain[c.name], text)
			}
		case c.text != "":
			*out = append(*out, setting{path + c.name, schema + c.name, c.text})
		default:
			c.flatten(path+c.name+"/", schema+c.name+"/", out)
		}
	}
	for name, list := range plain {
		slices.Sort(list)
		*out = append(*out, setting{strings.TrimSuffix(path, "/"), schema + name, strings.Join(list, ", ")})
	}
	if len(order) > 1 && slices.Contains(inOrder, member) {
		*out = append(*out, setting{path + "order", schema + member, strings.Join(order, ", ")})
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

// knownHash identifies what this build knows of a configuration without some of its
// members: a hash for each generation of settings, with dots between them. It is empty
// where there is no configuration.
func knownHash(config *element, except ...string) string {
	if config == nil {
		return ""
	}
	all, parts := settings(config, except...), make([]string, generations)
	for i := range parts {
		// A setting at its default says what leaving it out says.
		if said := slices.DeleteFunc(all[i+1], setting.unsaid); len(said) > 0 || i == 0 {
			parts[i] = hash(8, said...)
		}
	}
	return strings.Join(parts, ".")
}

// unknownHash identifies what this build does not know of a configuration, "" if it knows
// everything.
func unknownHash(config *element) string {
	said := settings(config)[0]
	if len(said) == 0 {
		return ""
	}
	return hash(4, said...)
}

func hash(length int, said ...setting) string {
	sum := sha256.New()
	for _, s := range said {
		// hash.Hash never returns an error.
		_, _ = sum.Write([]byte(strconv.Quote(s.path) + strconv.Quote(s.value)))
	}
	return hex.EncodeToString(sum.Sum(nil)[:length])
}

// Unknown lists the elements of a distribution's configuration that this build does not
// know, sorted, as paths.
func (d Distribution) Unknown() []string {
	var out []string
	if d.UnknownHash == "" {
		return nil
	}
	for _, s := range settings(configuration(d.raw))[0] {
		out = append(out, s.path)
	}
	return slices.Compact(out)
}
