package functions

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

type iamPolicy struct{}

// NewIAMPolicy returns the function iam_policy.
func NewIAMPolicy() function.Function { return iamPolicy{} }

// Positions of the arguments.
const (
	argMode = iota
	argKinds
	argOptions
)

// Metadata implements function.Function.
func (iamPolicy) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "iam_policy"
}

// Definition implements function.Function.
func (iamPolicy) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "The IAM policy that this provider needs",
		MarkdownDescription: "Returns, as JSON, the exact IAM policy that resources, data sources and actions of this provider need: every action that they call, and no other. " +
			"The policies on their pages are made by it.",
		Parameters: []function.Parameter{
			function.StringParameter{
				Name: "mode", MarkdownDescription: "What the credentials are for: `plan`, which only reads, `apply`, or `query`, for the lists of `terraform query`.",
			},
			function.ListParameter{
				Name: "kinds", ElementType: types.StringType,
				MarkdownDescription: "Types of the resources, data sources and actions in the configuration, such as `[\"cdn_bluegreen_switch\", \"cdn_preflight\"]`.",
			},
		},
		VariadicParameter: function.DynamicParameter{
			Name: "options", AllowNullValue: true,
			MarkdownDescription: "At most one object with any of these members. `methods`: a list of the values of `method` that the switches have; default `[\"domain_association\"]`. " +
				"`invalidate`: whether a switch has `invalidate`; `alarms`: whether a gate or a preflight has `alarms`; `continuous_deployment`, `behavior_switch`, `edge_split`: whether a preflight has it; `lambda_functions`: whether a switch of behaviours has them, or a preflight of one; `metrics`: whether one has `metrics`, `minimum_requests` or `comparison`, or a promotion a canary by weight, which is the default there: write `false` if none has; `snapshots`: whether a promotion has `snapshot_bucket`; `on_destroy`: whether a ramp has `on_destroy = \"delete\"`; `exported`: whether an edge split, or a preflight of one, has no `attach`; each `false` by default otherwise. " +
				"`distributions`, `hosted_zones`, `certificates`, `buckets`, `lambda_versions`, `edge_functions`, `key_value_stores`: lists of the ARNs of what may be touched; omitted or null: all there are; an empty list: the configuration has none, and needs no action for them. " +
				"`roles`: ARNs of the roles of `accounts` in the provider block, which the provider's own credentials assume; each of those roles has a policy of its own, with the lists of what is in its account.",
		},
		Return: function.StringReturn{},
	}
}

// Run implements function.Function.
func (iamPolicy) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var mode permissions.Mode
	var text string
	var kinds []*string
	var options []types.Dynamic
	if resp.Error = req.Arguments.Get(ctx, &text, &kinds, &options); resp.Error != nil {
		return
	}
	modes := append(permissions.Modes(), permissions.Query)
	if mode = permissions.Mode(text); !slices.Contains(modes, mode) {
		resp.Error = function.NewArgumentFuncError(argMode, fmt.Sprintf("`mode` is %q. Write %s.", text, choice(modes)))
		return
	}
	if problem := kindProblem(mode, kinds); problem != "" {
		resp.Error = function.NewArgumentFuncError(argKinds, problem)
		return
	}
	o, problem := optionsOf(options)
	if problem != "" {
		resp.Error = function.NewArgumentFuncError(argOptions, problem)
		return
	}
	var names []string
	for _, k := range kinds {
		names = append(names, *k)
	}
	if o.Distributions != nil && len(o.Distributions) == 0 && len(permissions.Grants(mode, names, o)) == 0 {
		resp.Error = function.NewArgumentFuncError(argOptions, "`options.distributions` is empty, and nothing is left to allow. Leave it out, or name distributions or a hosted zone.")
		return
	}
	policy, err := permissions.Policy(mode, names, o)
	if err != nil {
		resp.Error = function.NewFuncError("The policy could not be written: " + err.Error() + ". Please report this.")
		return
	}
	resp.Error = resp.Result.Set(ctx, policy)
}

func kindProblem(mode permissions.Mode, kinds []*string) string {
	if len(kinds) == 0 {
		return "`kinds` is empty, and a policy has to allow something. Write, for example, [\"cdn_bluegreen_switch\"]."
	}
	for _, k := range kinds {
		switch {
		case k == nil:
			return "`kinds` holds a null. Remove it."
		case !slices.Contains(permissions.Kinds(), *k):
			return fmt.Sprintf("`kinds` holds %q, which is no resource, data source or action of this provider that calls AWS. Write %s.", *k, choice(permissions.Kinds()))
		case mode == permissions.Query && !slices.Contains(permissions.Listed(), *k):
			return fmt.Sprintf("`kinds` holds %q, which `terraform query` does not list. Write %s.", *k, choice(permissions.Listed()))
		}
	}
	return ""
}

// An option is one member of the last argument.
type option struct {
	pattern *regexp.Regexp // what its values look like
	example string
	set     func(o *permissions.Options, values []string)
	atLeast bool // an empty list makes no sense
}

var methods = []switchover.Method{switchover.DomainAssociation, switchover.AssociateAlias, switchover.WildcardOverlap, switchover.RemoveAndAdd}

var optionNames = []string{"alarms", "behavior_switch", "buckets", "certificates", "continuous_deployment", "distributions", "edge_functions", "edge_split", "exported", "hosted_zones", "invalidate", "key_value_stores", "lambda_functions", "lambda_versions", "methods", "metrics", "on_destroy", "roles", "snapshots"}

// features are the options that are true or false.
var features = map[string]func(o *permissions.Options) *bool{
	"invalidate":            func(o *permissions.Options) *bool { return &o.Invalidate },
	"alarms":                func(o *permissions.Options) *bool { return &o.Alarms },
	"metrics":               func(o *permissions.Options) *bool { return &o.Metrics },
	"continuous_deployment": func(o *permissions.Options) *bool { return &o.Deployments },
	"behavior_switch":       func(o *permissions.Options) *bool { return &o.Behaviors },
	"lambda_functions":      func(o *permissions.Options) *bool { return &o.Functions },
	"edge_split":            func(o *permissions.Options) *bool { return &o.Splits },
	"exported":              func(o *permissions.Options) *bool { return &o.Exported },
	"on_destroy":            func(o *permissions.Options) *bool { return &o.OnDestroy },
	"snapshots":             func(o *permissions.Options) *bool { return &o.Snapshots },
}

var optionsByName = map[string]option{
	"methods": {
		pattern: regexp.MustCompile(`^(domain_association|associate_alias|wildcard_overlap|remove_and_add)$`), example: choice(methods), atLeast: true,
		set: func(o *permissions.Options, values []string) {
			for _, v := range values {
				o.Methods = append(o.Methods, switchover.Method(v))
			}
		},
	},
	"distributions": {
		pattern: regexp.MustCompile(`^arn:[a-z-]+:cloudfront::([0-9]{12}|\*):distribution/[A-Z0-9*?]+$`),
		example: "the ARN of a distribution, such as aws_cloudfront_distribution.blue.arn",
		set:     func(o *permissions.Options, values []string) { o.Distributions = values },
	},
	"hosted_zones": {
		pattern: regexp.MustCompile(`^arn:[a-z-]+:route53:::hostedzone/[A-Z0-9*?]+$`),
		example: "the ARN of a hosted zone, such as aws_route53_zone.this.arn",
		set:     func(o *permissions.Options, values []string) { o.Zones = values },
	},
	"buckets": {
		pattern: regexp.MustCompile(`^arn:[a-z-]+:s3:::[a-z0-9.*?-]+$`),
		example: "the ARN of a bucket, such as aws_s3_bucket.snapshots.arn",
		set:     func(o *permissions.Options, values []string) { o.Buckets = values },
	},
	"lambda_versions": {
		pattern: regexp.MustCompile(`^arn:[a-z-]+:lambda:us-east-1:([0-9]{12}|\*):function:[A-Za-z0-9_*?-]+:[0-9*?]+$`),
		example: "the ARN of a function in us-east-1 and of its versions, such as \"${aws_lambda_function.edge.arn}:*\"",
		set:     func(o *permissions.Options, values []string) { o.Versions = values },
	},
	"edge_functions": {
		pattern: regexp.MustCompile(`^arn:[a-z-]+:cloudfront::([0-9]{12}|\*):function/[A-Za-z0-9_*?-]+$`), atLeast: true,
		example: "the ARN of CloudFront Functions, such as arn:aws:cloudfront::123456789012:function/shop-*",
		set:     func(o *permissions.Options, values []string) { o.EdgeFunctions = values },
	},
	"key_value_stores": {
		pattern: regexp.MustCompile(`^arn:[a-z-]+:cloudfront::([0-9]{12}|\*):key-value-store/[A-Za-z0-9_*?-]+$`), atLeast: true,
		example: "the ARN of key value stores, such as arn:aws:cloudfront::123456789012:key-value-store/*",
		set:     func(o *permissions.Options, values []string) { o.Stores = values },
	},
	"roles": {
		pattern: regexp.MustCompile(`^arn:[a-z-]+:iam::([0-9]{12}|\*):role/[\w+=,.@/*?-]+$`), atLeast: true,
		example: "the ARN of a role in another account, such as arn:aws:iam::210987654321:role/cutover",
		set:     func(o *permissions.Options, values []string) { o.Roles = values },
	},
	"certificates": {
		pattern: regexp.MustCompile(`^arn:[a-z-]+:acm:us-east-1:([0-9]{12}|\*):certificate/[0-9a-z*?-]+$`),
		example: "the ARN of a certificate in us-east-1, the only region CloudFront takes them from, such as aws_acm_certificate.this.arn",
		set:     func(o *permissions.Options, values []string) { o.Certificates = values },
	},
}

// optionsOf reads the last argument, or returns what is wrong with it.
func optionsOf(args []types.Dynamic) (permissions.Options, string) {
	var out permissions.Options
	if len(args) > 1 {
		return out, fmt.Sprintf("There is one object of `options`, not %d. Put everything into the first.", len(args))
	}
	if len(args) == 0 || args[0].IsNull() || args[0].IsUnderlyingValueNull() {
		return out, ""
	}
	var members map[string]attr.Value
	switch v := args[0].UnderlyingValue().(type) {
	case types.Object:
		members = v.Attributes()
	case types.Map:
		members = v.Elements()
	default:
		return out, "`options` is not an object. Write, for example, { distributions = [aws_cloudfront_distribution.blue.arn] }."
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if feature, ok := features[name]; ok {
			switch b, isBool := plain(members[name]).(types.Bool); {
			case isBool:
				*feature(&out) = b.ValueBool()
				out.Unmetered = out.Unmetered || name == "metrics" && !b.ValueBool()
			case plain(members[name]) != nil:
				return out, fmt.Sprintf("`options.%s` is not a bool. Write true or false.", name)
			}
			continue
		}
		o, ok := optionsByName[name]
		if !ok {
			return out, fmt.Sprintf("`options` has %q, which does not exist. Write %s.", name, choice(optionNames))
		}
		values, problem := o.read(name, members[name])
		if problem != "" {
			return out, problem
		}
		if values != nil {
			o.set(&out, values)
		}
	}
	return out, ""
}

// plain takes a value out of its wrapping; nil for null, which is the same as
// leaving the option out.
func plain(v attr.Value) attr.Value {
	if d, ok := v.(types.Dynamic); ok {
		v = d.UnderlyingValue()
	}
	if v == nil || v.IsNull() {
		return nil
	}
	return v
}

// read returns nil for an option that is left out.
func (o option) read(name string, v attr.Value) ([]string, string) {
	if v = plain(v); v == nil {
		return nil, ""
	}
	list, ok := v.(interface{ Elements() []attr.Value })
	if !ok {
		return nil, fmt.Sprintf("`options.%s` is not a list. Write [ … ] around it.", name)
	}
	out := []string{}
	for _, e := range list.Elements() {
		s, ok := plain(e).(types.String)
		if !ok {
			return nil, fmt.Sprintf("`options.%s` holds something that is not a string. Write %s.", name, o.example)
		}
		if !o.pattern.MatchString(s.ValueString()) {
			return nil, fmt.Sprintf("`options.%s` holds %q. Write %s.", name, s.ValueString(), o.example)
		}
		out = append(out, s.ValueString())
	}
	if len(out) == 0 && o.atLeast {
		return nil, fmt.Sprintf("`options.%s` is empty. Leave it out, or write %s.", name, o.example)
	}
	return out, ""
}
