package cloudfrontapi

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// A new SDK knows new elements. They get a generation of their own, so that what is on
// record of a configuration still says what it said: -rewrite adds them.
func TestTheVocabularyIsWhatTheSDKKnows(t *testing.T) {
	t.Parallel()
	config := &types.DistributionConfig{}
	fill(reflect.ValueOf(config).Elem())
	sent, err := New(aws.Config{}, "", clock.System{}).render(t.Context(), "asking", Distribution{Summary: Summary{ID: "E1", ETag: "E1"}}, config, nil)
	if err != nil {
		t.Fatal(err)
	}
	known := maps.Clone(vocabulary)
	for _, schema := range schemas("", configuration(sent)) {
		if known[schema] == 0 {
			known[schema] = generations + 1
		}
	}
	var lines []string
	for schema, generation := range known {
		lines = append(lines, fmt.Sprintf("%d %s\n", generation, schema))
	}
	slices.SortFunc(lines, func(a, b string) int {
		return cmp.Compare(a[strings.Index(a, " "):], b[strings.Index(b, " "):])
	})
	golden.File(t, "vocabulary.txt", strings.Join(lines, ""))
	t.Logf("%d elements in %d generations", len(lines), generations)
}

// fill gives everything a value: one of each in lists.
func fill(v reflect.Value) {
	switch v.Kind() { // what the SDK's types are made of
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int32, reflect.Int64:
		v.SetInt(7)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(7)
	default:
		panic("the SDK has a type of another kind: " + v.Type().String())
	}
}

// schemas lists what an element holds, as paths.
func schemas(prefix string, e *element) []string {
	var out []string
	for _, c := range e.children {
		switch c.name {
		case "Quantity":
			continue
		case "Items":
			out = append(out, schemas(prefix, c)...)
			continue
		}
		out = append(out, prefix+c.name)
		out = append(out, schemas(prefix+c.name+"/", c)...)
	}
	return out
}

func TestEveryDefaultIsOfAKnownElement(t *testing.T) {
	t.Parallel()
	for schema := range defaults {
		if vocabulary[schema] == 0 {
			t.Errorf("%s has a default and is not in the vocabulary", schema)
		}
	}
	for schema := range vocabulary {
		for _, key := range keys {
			if name := schema[strings.LastIndex(schema, "/")+1:]; name == key && defaults[schema] != nil {
				t.Errorf("%s tells members apart and has a default", schema)
			}
		}
	}
	t.Logf("%d defaults", len(defaults))
}
