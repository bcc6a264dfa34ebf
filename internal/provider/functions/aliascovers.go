package functions

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
)

type aliasCovers struct{}

// NewAliasCovers returns the function alias_covers.
func NewAliasCovers() function.Function { return aliasCovers{} }

// Metadata implements function.Function.
func (aliasCovers) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "alias_covers"
}

// Definition implements function.Function.
func (aliasCovers) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Whether an alternate domain name covers a host name",
		MarkdownDescription: "Whether a CloudFront distribution with the alternate domain name `alias` answers requests for the host `name`. A wildcard stands for any number of labels, " +
			"but for at least one: `*.example.com` covers `www.example.com` and `a.b.example.com`, not `example.com`. Where several aliases cover a name, the most specific one has it, whichever distribution that is on.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "alias", MarkdownDescription: "An alternate domain name in lower case; it may begin with `*.`."},
			function.StringParameter{Name: "name", MarkdownDescription: "The host name that viewers ask for, in lower case."},
		},
		Return: function.BoolReturn{},
	}
}

// Run implements function.Function.
func (aliasCovers) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var alias, name string
	if resp.Error = req.Arguments.Get(ctx, &alias, &name); resp.Error != nil {
		return
	}
	if problem := fwtypes.DomainProblem(alias); problem != "" {
		resp.Error = function.NewArgumentFuncError(0, "`alias` is not an alternate domain name. "+problem)
		return
	}
	if problem := hostProblem(name); problem != "" {
		resp.Error = function.NewArgumentFuncError(1, "`name` is not a host name. "+problem)
		return
	}
	resp.Error = resp.Result.Set(ctx, switchover.AliasCovers(alias, name))
}

func hostProblem(name string) string {
	if strings.HasPrefix(name, "*") {
		return fmt.Sprintf("%q is a wildcard, and nobody can send a request to that. Write one name under it.", name)
	}
	return fwtypes.DomainProblem(name)
}
