package wire

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// The service models are botocore 1.43.11's service-2.json files (Apache-2.0,
// the same models every AWS SDK is generated from) with their prose removed. Of
// the operations of cloudwatch, lambda and s3 that nobody serves only that is left
// which tells one call from another. Record set protections of route53 are newer than
// that botocore: they are written after the client of the SDK for Go, v1.71.0.
//
//go:embed models/*.json
var modelFiles embed.FS

// A Model is what AWS publishes about one service: operations, shapes, errors.
type Model struct {
	Metadata struct {
		APIVersion   string   `json:"apiVersion"`
		Protocol     string   `json:"protocol"` // rest-xml, json, query; of several, the one preferred
		Protocols    []string `json:"protocols"`
		JSONVersion  string   `json:"jsonVersion"`
		TargetPrefix string   `json:"targetPrefix"`
		XMLNamespace string   `json:"xmlNamespace"`
		// QueryCompatible: errors are told to clients of the other protocols under the names
		// that the query protocol gave them.
		QueryCompatible *struct{} `json:"awsQueryCompatible"`
	} `json:"metadata"`
	Operations map[string]*Operation `json:"operations"`
	Shapes     map[string]*Shape     `json:"shapes"`

	Name string `json:"-"`

	names    []string                // of the operations, sorted
	byMethod map[string][]*Operation // in the order of their names
}

// An Operation is one call a service knows.
type Operation struct {
	Name string `json:"name"`
	HTTP struct {
		Method string `json:"method"`
		URI    string `json:"requestUri"`
		Status int    `json:"responseCode"`
	} `json:"http"`
	Input  *Ref  `json:"input"`
	Output *Ref  `json:"output"`
	Errors []Ref `json:"errors"`
}

// A Ref is the use of a shape: by an operation, a member or a list.
type Ref struct {
	Shape         string `json:"shape"`
	Location      string `json:"location"` // uri, header, querystring; empty: the body
	LocationName  string `json:"locationName"`
	ResultWrapper string `json:"resultWrapper"`
	Flattened     bool   `json:"flattened"`
	XMLAttribute  bool   `json:"xmlAttribute"` // of the element around it
	XMLNamespace  *struct {
		URI string `json:"uri"`
	} `json:"xmlNamespace"`
}

// A Shape is a type of the model.
type Shape struct {
	Type      string         `json:"type"`
	Members   map[string]Ref `json:"members"`
	Required  []string       `json:"required"`
	Member    *Ref           `json:"member"`
	Value     *Ref           `json:"value"` // of a map
	Enum      []string       `json:"enum"`
	Min       *float64       `json:"min"`
	Max       *float64       `json:"max"`
	Pattern   string         `json:"pattern"`
	Payload   string         `json:"payload"`
	Flattened bool           `json:"flattened"`
	Exception bool           `json:"exception"`
	Error     *struct {
		Code   string `json:"code"`
		Status int    `json:"httpStatusCode"`
	} `json:"error"`
}

var (
	modelMu sync.Mutex
	models  = map[string]*Model{}
)

// LoadModel returns the model called name: cloudfront, route53, acm, sts. It
// panics on any other name, because the files are part of the program.
func LoadModel(name string) *Model {
	modelMu.Lock()
	defer modelMu.Unlock()
	if m := models[name]; m != nil {
		return m
	}
	raw, err := modelFiles.ReadFile("models/" + name + ".json")
	if err != nil {
		panic(err)
	}
	m := &Model{Name: name}
	if err := json.Unmarshal(raw, m); err != nil {
		panic(fmt.Sprintf("service model %s: %v", name, err))
	}
	m.names, m.byMethod = slices.Sorted(maps.Keys(m.Operations)), map[string][]*Operation{}
	for _, name := range m.names {
		op := m.Operations[name]
		m.byMethod[op.HTTP.Method] = append(m.byMethod[op.HTTP.Method], op)
	}
	models[name] = m
	return m
}

// OperationNames lists the operations, sorted.
func (m *Model) OperationNames() []string { return slices.Clone(m.names) }

// Match finds the operation that a REST request calls and the values of its
// path labels. Query flags such as ?WithTags count by presence only; a trailing
// slash does not count. Of operations with one path, as S3 has them, the request is
// the one whose required headers and parameters it has.
func (m *Model) Match(r *http.Request) (*Operation, map[string]string) {
	var best *Operation
	var bestLabels map[string]string
	bestScore := -1
	asked, flags := r.URL.EscapedPath(), r.URL.Query()
	bare := strings.Trim(asked, "/")
	for _, op := range m.byMethod[r.Method] {
		path, rawQuery, _ := strings.Cut(op.HTTP.URI, "?")
		if literal, _, _ := strings.Cut(path, "{"); !strings.HasPrefix(bare, strings.Trim(literal, "/")) {
			continue // as most, at a glance
		}
		labels, literals, ok := matchPath(path, asked)
		if !ok || !hasFlags(rawQuery, flags) {
			continue
		}
		score := (literals*2+strings.Count(rawQuery, "&"))*100 + 50
		if rawQuery != "" {
			score += 100
		}
		score += m.requiredThere(op, r)
		if score > bestScore {
			best, bestLabels, bestScore = op, labels, score
		}
	}
	return best, bestLabels
}

// requiredThere counts the required headers and parameters that a request has, less
// those that it lacks.
func (m *Model) requiredThere(op *Operation, r *http.Request) int {
	if op.Input == nil {
		return 0
	}
	in, n := m.Shapes[op.Input.Shape], 0
	for _, name := range in.Required {
		var there bool
		switch ref := in.Members[name]; ref.Location {
		case "querystring":
			there = r.URL.Query().Has(ref.LocationName)
		case "header":
			there = r.Header.Get(ref.LocationName) != ""
		default:
			continue
		}
		if n--; there {
			n += 2
		}
	}
	return n
}

func matchPath(pattern, path string) (labels map[string]string, literals int, ok bool) {
	p := strings.Split(strings.Trim(pattern, "/"), "/")
	s := strings.Split(strings.Trim(path, "/"), "/")
	if strings.HasSuffix(pattern, "+}") { // the rest is the rest, slashes included
		s = strings.Split(strings.TrimPrefix(path, "/"), "/")
	}
	labels = map[string]string{}
	for i, part := range p {
		if strings.HasPrefix(part, "{") {
			if i >= len(s) {
				return nil, 0, false
			}
			name := strings.Trim(part, "{}")
			value := s[i]
			if start, greedy := strings.CutSuffix(name, "+"); greedy { // the rest of the path
				name, value = start, strings.Join(s[i:], "/")
				s = s[:i+1]
			}
			v, err := url.PathUnescape(value)
			if err != nil || v == "" {
				return nil, 0, false
			}
			labels[name] = v
			continue
		}
		if i >= len(s) || s[i] != part {
			return nil, 0, false
		}
		literals++
	}
	return labels, literals, len(s) == len(p)
}

func hasFlags(rawQuery string, got url.Values) bool {
	want, _ := url.ParseQuery(rawQuery) // part of the model
	for key, values := range want {
		if !got.Has(key) {
			return false
		}
		if values[0] != "" && got.Get(key) != values[0] {
			return false
		}
	}
	return true
}

// ErrorStatus returns the HTTP status of an error code of op, and whether the
// model lists that code for it.
func (m *Model) ErrorStatus(op *Operation, code string) (int, bool) {
	for _, ref := range op.Errors {
		s := m.Shapes[ref.Shape]
		name := ref.Shape
		status := http.StatusBadRequest
		if s != nil && s.Error != nil {
			if s.Error.Code != "" {
				name = s.Error.Code
			}
			if s.Error.Status != 0 {
				status = s.Error.Status
			}
		}
		if name == code {
			return status, true
		}
	}
	return http.StatusBadRequest, false
}
