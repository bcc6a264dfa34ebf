package functions_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

// What it answers is what internal/edgefunction holds equal to the code at the edge, and never changes: cookies of viewers live longer
// than a version of the provider.
func TestVariantForIsWhatTheEdgeAssigns(t *testing.T) {
	t.Parallel()
	got := map[any]int{}
	for i := range 200 {
		id := fmt.Sprintf("viewer-%d", i)
		want := edgefunction.Assign("2026-shop", id, []edgefunction.Weight{{Side: "blue", Percent: 70}, {Side: "green", Percent: 20}, {Side: "red", Percent: 10}})
		side, ferr, err := acctest.Call(t.Context(), "variant_for", id, "2026-shop", map[string]any{"green": 20, "red": 10, "blue": 70})
		if err != nil || ferr != nil || side != want {
			t.Fatalf("%s: %v (%v, %v), want %s", id, side, ferr, err, want)
		}
		got[side]++
	}
	if len(got) != 3 {
		t.Errorf("sides: %v", got)
	}
}

func TestVariantForSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	good := map[string]any{"blue": 75, "green": 25}
	for _, c := range []struct {
		args     []any
		argument int64
		says     string
	}{
		{[]any{"", "s", good}, 0, "before the first dot"},
		{[]any{"abc.green.7.0123456789abcdef", "s", good}, 0, `Write what stands before its first dot: "abc"`},
		{[]any{strings.Repeat("a", 65), "s", good}, 0, "1 to 64"},
		{[]any{"abc", "", good}, 1, "no salt"},
		{[]any{"abc", "a b", good}, 1, `such as "2026-shop"`},
		{[]any{"abc", "s", map[string]any{}}, 2, "fewer than two sides"},
		{[]any{"abc", "s", map[string]any{"blue": 100}}, 2, "fewer than two sides"},
		{[]any{"abc", "s", map[string]any{"blue": 75, "green": 24}}, 2, "sum to 99"},
		{[]any{"abc", "s", map[string]any{"blue": 101, "green": -1}}, 2, "weight of blue is 101"},
		{[]any{"abc", "s", map[string]any{"blue": 74.5, "green": 25.5}}, 2, "weight of blue is 74.5"},
		{[]any{"abc", "s", map[string]any{"blue": nil, "green": 100}}, 2, "weight of blue is null"},
		{[]any{"abc", "s", map[string]any{"Blue": 75, "green": 25}}, 2, `"Blue" is no name of a side`},
	} {
		got, ferr, err := acctest.Call(t.Context(), "variant_for", c.args...)
		if err != nil || ferr == nil {
			t.Errorf("%v: answered %v, %v", c.args, got, err)
			continue
		}
		if ferr.FunctionArgument == nil || *ferr.FunctionArgument != c.argument || !strings.Contains(ferr.Text, c.says) {
			t.Errorf("%v: argument %v, %q; want %d, %q", c.args, ferr.FunctionArgument, ferr.Text, c.argument, c.says)
		}
	}
}
