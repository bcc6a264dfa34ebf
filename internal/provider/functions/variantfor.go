package functions

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

type variantFor struct{}

// NewVariantFor returns the function variant_for.
func NewVariantFor() function.Function { return variantFor{} }

// Metadata implements function.Function.
func (variantFor) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "variant_for"
}

// Definition implements function.Function.
func (variantFor) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "The side that an edge split assigns a viewer to",
		MarkdownDescription: "Returns the side to which an edge split with this salt assigns the viewer with this id while the weights are these. It computes what the code at the edge computes, integer by integer, so a test can " +
			"write down which of its viewers will be on which side, and somebody on the phone can be told which side they are going to see at the next weight. " +
			"Raising the weight of a side only moves viewers to it, and lowering it moves the same ones away.\n\n" +
			"It knows nothing of a viewer's cookie: who has been assigned keeps their side until the edge location that answers them knows newer weights.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "id", MarkdownDescription: "The viewer's id: what stands before the first dot in the value of the split's cookie. It is CloudFront's id of the viewer's first request, with an underscore for each character that is no letter, digit, hyphen or underscore, and at most 64 characters long."},
			function.StringParameter{Name: "salt", MarkdownDescription: "The salt of the split. Another one assigns everybody anew."},
			function.MapParameter{Name: "weights", ElementType: types.Float64Type, MarkdownDescription: "The percentage of each side, by its name. They are whole and sum to 100."},
		},
		Return: function.StringReturn{},
	}
}

// Run implements function.Function.
func (variantFor) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var id, salt string
	var given map[string]*float64
	if resp.Error = req.Arguments.Get(ctx, &id, &salt, &given); resp.Error != nil {
		return
	}
	if problem := edgefunction.IDProblem(id); problem != "" {
		resp.Error = function.NewArgumentFuncError(0, "`id`: "+problem)
		return
	}
	if problem := edgefunction.SaltProblem(salt); problem != "" {
		resp.Error = function.NewArgumentFuncError(1, "`salt`: "+problem)
		return
	}
	weights, problem := sharesOf(given)
	if problem != "" {
		resp.Error = function.NewArgumentFuncError(2, "`weights`: "+problem)
		return
	}
	resp.Error = resp.Result.Set(ctx, edgefunction.Assign(salt, id, weights))
}

func sharesOf(given map[string]*float64) (weights []edgefunction.Weight, problem string) {
	for _, side := range slices.Sorted(maps.Keys(given)) {
		if problem := edgefunction.SideProblem(side); problem != "" {
			return nil, problem
		}
		percent := given[side]
		switch {
		case percent == nil:
			return nil, fmt.Sprintf("The weight of %s is null. Write a whole percentage from 0 to 100.", side)
		case *percent != math.Trunc(*percent) || *percent < 0 || *percent > edgefunction.Everything:
			return nil, fmt.Sprintf("The weight of %s is %g. Write a whole percentage from 0 to 100.", side, *percent)
		}
		weights = append(weights, edgefunction.Weight{Side: side, Percent: int(*percent)})
	}
	return weights, edgefunction.WeightsProblem(weights)
}
