package wire

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"sync"
)

// The service models are botocore 1.43.11's service-2.json files (Apache-2.0,
// the same models every AWS SDK is generated from) with their prose removed.
//
//go:embed models/*.json
var modelFiles embed.FS

// A Model is what AWS publishes about one service: operations, shapes, errors.
type Model struct {
	Metadata struct {
		APIVersion   string `json:"apiVersion"`
		Protocol     string `json:"protocol"` // rest-xml, json, query
		TargetPrefix string `json:"targetPrefix"`
		XMLNamespace string `json:"xmlNamespace"`
	} `json:"metadata"`
	Operations map[string]*Operation `json:"operations"`
	Shapes     map[string]*Shape     `json:"shapes"`

	Name string `json:"-"`
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
	models[name] = m
	return m
}

// OperationNames lists the operations, sorted.
func (m *Model) OperationNames() []string {
	var out []string
	for name := range m.Operations {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}

// Match finds the operation that a REST request calls and the values of its
// path labels. Query flags such as ?WithTags count by presence only; a trailing
// slash does not count.
func (m *Model) Match(r *http.Request) (*Operation, map[string]string) {
	var best *Operation
	var bestLabels map[string]string
	bestScore := -1
	for _, op := range m.Operations {
		if op.HTTP.Method != r.Method {
			continue
		}
		path, rawQuery, _ := strings.Cut(op.HTTP.URI, "?")
		labels, literals, ok := matchPath(path, r.URL.EscapedPath())
		if !ok || !hasFlags(rawQuery, r.URL.Query()) {
			continue
		}
		score := literals*2 + strings.Count(rawQuery, "&")
		if rawQuery != "" {
			score++
		}
		if score > bestScore {
			best, bestLabels, bestScore = op, labels, score
		}
	}
	return best, bestLabels
}

func matchPath(pattern, path string) (labels map[string]string, literals int, ok bool) {
	p := strings.Split(strings.Trim(pattern, "/"), "/")
	s := strings.Split(strings.Trim(path, "/"), "/")
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
