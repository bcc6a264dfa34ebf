package functions_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

func TestRampWeightsRise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []any
		want string
	}{
		{[]any{"linear", 25}, "[25 50 75 100]"},
		{[]any{"linear", 30}, "[30 60 90 100]"},
		{[]any{"linear", 100}, "[100]"},
		{[]any{"linear", 50}, "[50 100]"},
		{[]any{"exponential", 5}, "[5 10 20 40 80 100]"},
		{[]any{"exponential", 1, 3}, "[1 3 9 27 81 100]"},
		{[]any{"exponential", 50}, "[50 100]"},
		{[]any{"exponential", 1, 1.1}, ""}, // rises, whatever the rounding
		{[]any{"custom", 1, 5, 50}, "[1 5 50]"},
		{[]any{"custom", 100}, "[100]"},
	} {
		got, ferr, err := acctest.Call(t.Context(), "ramp_weights", c.args...)
		if err != nil || ferr != nil {
			t.Fatalf("%v: %v, %v", c.args, ferr, err)
		}
		steps, _ := got.([]int64)
		for i, p := range steps {
			if i > 0 && p <= steps[i-1] || p > 100 {
				t.Errorf("%v: %v do not rise", c.args, steps)
			}
		}
		if text := fmt.Sprint(steps); c.want != "" && text != c.want {
			t.Errorf("%v: %s, want %s", c.args, text, c.want)
		}
	}
}

func TestRampWeightsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args     []any
		argument int64
		says     string
	}{
		{[]any{"steep", 5}, 0, `Write "linear", "exponential" or "custom".`},
		{[]any{"linear"}, 1, "takes one number"},
		{[]any{"linear", 5, 6}, 1, "takes one number"},
		{[]any{"linear", 0}, 1, "whole number from 1 to 100"},
		{[]any{"linear", 2.5}, 1, "whole number from 1 to 100"},
		{[]any{"exponential", 5, 1}, 2, "would not rise"},
		{[]any{"exponential", 101}, 1, "whole number from 1 to 100"},
		{[]any{"custom"}, 1, "every step"},
		{[]any{"custom", 5, 5}, 2, "5 follows 5"},
		{[]any{"custom", 5, 101}, 2, "whole number from 1 to 100"},
	} {
		got, ferr, err := acctest.Call(t.Context(), "ramp_weights", c.args...)
		if err != nil || ferr == nil {
			t.Fatalf("%v: answered %v, %v", c.args, got, err)
		}
		if ferr.FunctionArgument == nil || *ferr.FunctionArgument != c.argument || !strings.Contains(ferr.Text, c.says) {
			t.Errorf("%v: argument %v, %q; want %d, %q", c.args, ferr.FunctionArgument, ferr.Text, c.argument, c.says)
		}
	}
}
