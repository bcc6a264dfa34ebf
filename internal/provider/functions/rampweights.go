package functions

import (
	"context"
	"fmt"
	"math"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type rampWeights struct{}

// NewRampWeights returns the function ramp_weights.
func NewRampWeights() function.Function { return rampWeights{} }

// A shape is the way in which the steps of a ramp rise.
type shape string

const (
	linear      shape = "linear"      // by the same amount
	exponential shape = "exponential" // by the same factor
	custom      shape = "custom"      // as written
)

// everything is the greatest step.
const everything = 100

// Metadata implements function.Function.
func (rampWeights) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "ramp_weights"
}

// Definition implements function.Function.
func (rampWeights) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Percentages at which a ramp stops on its way",
		MarkdownDescription: "Returns the percentages of a ramp, rising, for `weights` of `cdn_weighted_ramp`. `ramp_weights(\"linear\", 25)` is `[25, 50, 75, 100]`: every step adds the same. " +
			"`ramp_weights(\"exponential\", 5)` is `[5, 10, 20, 40, 80, 100]`: every step doubles. `ramp_weights(\"exponential\", 1, 3)` triples. `ramp_weights(\"custom\", 1, 5, 50)` is `[1, 5, 50]`, checked to rise. " +
			"A wrong argument fails while planning.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "shape", MarkdownDescription: "`linear`, `exponential` or `custom`."},
		},
		VariadicParameter: function.Float64Parameter{
			Name:                "numbers",
			MarkdownDescription: "`linear`: what every step adds, in percent. `exponential`: the first step, in percent, and optionally the factor, 2 by default. `custom`: every step.",
		},
		Return: function.ListReturn{ElementType: types.Int64Type},
	}
}

// Run implements function.Function.
func (rampWeights) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var text string
	var numbers []float64
	if resp.Error = req.Arguments.Get(ctx, &text, &numbers); resp.Error != nil {
		return
	}
	weights, at, problem := weightsOf(shape(text), numbers)
	if problem != "" {
		resp.Error = function.NewArgumentFuncError(at, problem)
		return
	}
	resp.Error = resp.Result.Set(ctx, weights)
}

// weightsOf makes the percentages, or says which argument, counted from 0, is wrong and how.
func weightsOf(s shape, numbers []float64) (weights []int64, at int64, problem string) {
	switch s {
	case linear:
		if len(numbers) != 1 {
			return nil, 1, fmt.Sprintf("`linear` takes one number, what every step adds, and got %d. Write, for example, 25.", len(numbers))
		}
	case exponential:
		if len(numbers) < 1 || len(numbers) > 2 {
			return nil, 1, fmt.Sprintf("`exponential` takes the first step and, optionally, a factor, and got %d numbers. Write, for example, 5, 2.", len(numbers))
		}
	case custom:
		if len(numbers) == 0 {
			return nil, 1, "`custom` takes every step, and got none. Write, for example, 1, 5, 50."
		}
	default:
		return nil, 0, fmt.Sprintf("`shape` is %q. Write %s.", string(s), choice([]shape{linear, exponential, custom}))
	}
	if n := len(numbers); s == exponential && n == 2 && numbers[1] <= 1 {
		return nil, 2, fmt.Sprintf("The factor is %g, so the steps would not rise. Write more than 1, such as 2.", numbers[1])
	}
	for i, n := range numbers {
		factor := s == exponential && i == 1
		if !factor && (n != math.Trunc(n) || n < 1 || n > everything) {
			return nil, int64(i) + 1, fmt.Sprintf("%g is no percentage to step at. Write a whole number from 1 to 100.", n)
		}
		if s == custom && i > 0 && n <= numbers[i-1] {
			return nil, int64(i) + 1, fmt.Sprintf("%g follows %g, and steps rise. Write every step once, from the least to the greatest.", n, numbers[i-1])
		}
	}
	return rise(s, numbers), 0, ""
}

// rise makes the percentages of numbers that have been checked.
func rise(s shape, numbers []float64) []int64 {
	var out []int64
	if s == custom {
		for _, n := range numbers {
			out = append(out, int64(n))
		}
		return out
	}
	factor := 2.0
	if len(numbers) > 1 {
		factor = numbers[1]
	}
	for p := numbers[0]; p < everything; {
		if step := int64(math.Round(p)); len(out) == 0 || step > out[len(out)-1] && step < everything {
			out = append(out, step)
		}
		if s == linear {
			p += numbers[0]
		} else {
			p *= factor
		}
	}
	return append(out, everything)
}
