package preflight

import (
	"encoding/json"
	"slices"
	"strings"
)

// admits says whether a bucket policy lets CloudFront read on behalf of a distribution.
// It is lenient: what it does not understand, it takes for an admission, because a
// finding that is wrong keeps somebody from a release.
func admits(policy, arn string) bool {
	if policy == "" {
		return false
	}
	var doc struct{ Statement json.RawMessage }
	if json.Unmarshal([]byte(policy), &doc) != nil {
		return true
	}
	var statements []statement
	if json.Unmarshal(doc.Statement, &statements) != nil {
		var one statement
		if json.Unmarshal(doc.Statement, &one) != nil {
			return true
		}
		statements = []statement{one}
	}
	return slices.ContainsFunc(statements, func(s statement) bool { return s.admits(arn) })
}

// A statement of a policy, as far as it matters here.
type statement struct {
	Effect    string
	Principal any
	Action    any
	Condition map[string]map[string]any
}

func (s statement) admits(arn string) bool {
	service := texts(s.Principal)
	reads := slices.ContainsFunc(texts(s.Action), func(a string) bool { return like(strings.ToLower(a), "s3:getobject") })
	if s.Effect != "Allow" || !reads || !slices.Contains(service, "*") && !slices.Contains(service, "cloudfront.amazonaws.com") {
		return false
	}
	for operator, keys := range s.Condition {
		for key, values := range keys {
			if !strings.EqualFold(key, "aws:SourceArn") || !strings.Contains(operator, "Equals") && !strings.Contains(operator, "Like") || strings.Contains(operator, "Not") {
				continue
			}
			if !slices.ContainsFunc(texts(values), func(v string) bool { return like(v, arn) }) {
				return false
			}
		}
	}
	return true
}

// texts are the strings in a value that may be one, several, or several by kind.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, x := range v {
			out = append(out, texts(x)...)
		}
		return out
	case map[string]any:
		var out []string
		for _, x := range v {
			out = append(out, texts(x)...)
		}
		return out
	}
	return nil
}

// like says whether a pattern with * and ? matches all of a text.
func like(pattern, text string) bool {
	switch {
	case pattern == "":
		return text == ""
	case pattern[0] == '*':
		return like(pattern[1:], text) || text != "" && like(pattern, text[1:])
	case text == "" || pattern[0] != '?' && pattern[0] != text[0]:
		return false
	default:
		return like(pattern[1:], text[1:])
	}
}
