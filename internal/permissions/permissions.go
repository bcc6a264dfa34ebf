// Package permissions is the table of what the provider needs to be allowed, by
// resource, data source and action. The function iam_policy, the policies in the
// documentation and the tests that run them all read it, so that they cannot
// disagree. It is a table and a way to print it: it knows nobody's permissions.
package permissions

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
)

// A Mode is what the credentials are for.
type Mode string

// The modes. A data source reads in both.
const (
	Plan  Mode = "plan"  // read-only
	Apply Mode = "apply" // what Plan needs, and the writes
	// Query is for terraform query, which lists what there is. What it finds is imported by a plan.
	Query Mode = "query"
)

// Modes lists those of a run that plans or applies.
func Modes() []Mode { return []Mode{Plan, Apply} }

// Options say how the kinds are used.
type Options struct {
	// Methods of the switches; empty: DomainAssociation, the default.
	Methods []switchover.Method
	// Invalidate: a switch has paths to invalidate. Alarms: a gate watches alarms.
	// Metrics: a gate looks at metrics, at traffic or at error rates.
	// Snapshots: a promotion keeps its way back in a bucket. Deployments: a preflight is
	// about a continuous deployment. OnDestroy: a ramp's records go with it if nobody is
	// served by them, so that has to be found out.
	// Functions: a switch of behaviours names versions of Lambda functions. Behaviors: a
	// preflight is about such a switch, Splits: about an edge split. Exported: somebody else
	// associates the functions of an edge split.
	Invalidate, Alarms, Metrics, Snapshots, Deployments, OnDestroy, Functions, Behaviors, Splits, Exported bool
	// Unmetered: nothing looks at metrics, not even where it does by default, as the canary
	// of a promotion does.
	Unmetered bool

	// ARNs of what may be touched. Nil: anything. Empty and not nil: the configuration
	// has none, and the actions on them are left out.
	Distributions, Zones, Certificates, Buckets, Versions, EdgeFunctions, Stores []string

	// Roles are those that the credentials assume in other accounts.
	Roles []string
}

// A resource is the kind of thing that an action can be confined to.
// Source: Service Authorization Reference, resource types of each action.
type resource string

const (
	distribution resource = "distribution"
	certificate  resource = "certificate"
	zone         resource = "hostedzone"
	bucket       resource = "bucket"
	object       resource = "object"  // under the keys of promotions, in those buckets
	version      resource = "version" // of Lambda functions
	edgeFunction resource = "function"
	store        resource = "key-value-store"
	role         resource = "role"
	change       resource = "change" // of records; its id is known to nobody beforehand
	anything     resource = "*"      // actions that cannot be confined
)

// A Grant is one action that a kind needs.
type Grant struct {
	Action string
	// Optional: without it something is said less precisely, and nothing else changes.
	Optional bool
	// Together: it is used where many instances are refreshed or asked about together, and saves calls.
	Together bool

	on      resource
	apply   bool                // for Apply only
	spared  bool                // optional for Plan, which writes nothing that could depend on it
	methods []switchover.Method // of the switch; nil: all
	with    func(Options) bool  // nil: in any case
}

// table is the one place where it stands what needs which action.
var table = map[string][]Grant{
	"cdn_bluegreen_switch": append(reading(true),
		Grant{Action: "cloudfront:UpdateDistribution", on: distribution, apply: true}, // also what AWS asks for with the two below
		Grant{Action: "cloudfront:UpdateDomainAssociation", on: distribution, apply: true, methods: []switchover.Method{switchover.DomainAssociation}},
		Grant{Action: "cloudfront:AssociateAlias", on: distribution, apply: true, methods: []switchover.Method{switchover.AssociateAlias}},
		Grant{Action: "route53:ChangeResourceRecordSets", on: zone, apply: true},
		Grant{Action: "route53:GetChange", on: change, apply: true},
		Grant{Action: "cloudfront:CreateInvalidation", on: distribution, apply: true, with: func(o Options) bool { return o.Invalidate }},
		Grant{Action: "cloudfront:GetInvalidation", on: distribution, apply: true, with: func(o Options) bool { return o.Invalidate }},
		Grant{Action: "cloudwatch:DescribeAlarms", on: anything, apply: true, with: func(o Options) bool { return o.Alarms }}, // composite ones know no resource
		Grant{Action: "cloudwatch:GetMetricData", on: anything, apply: true, with: func(o Options) bool { return o.Metrics }},
	),
	"cdn_behavior_switch": {
		{Action: "cloudfront:GetDistribution", on: distribution},
		{Action: "cloudfront:UpdateDistribution", on: distribution, apply: true},
		{Action: "cloudfront:CreateInvalidation", on: distribution, apply: true, with: func(o Options) bool { return o.Invalidate }},
		{Action: "cloudfront:GetInvalidation", on: distribution, apply: true, with: func(o Options) bool { return o.Invalidate }},
		// What CloudFront asks for, in the name of who updates, where versions come and go.
		{Action: "lambda:GetFunction", on: version, apply: true, with: func(o Options) bool { return o.Functions }},
		{Action: "lambda:EnableReplication*", on: version, apply: true, with: func(o Options) bool { return o.Functions }}, // the star is part of its name
		{Action: "lambda:DisableReplication*", on: version, apply: true, with: func(o Options) bool { return o.Functions }},
		// Whether a version can be used already; otherwise the write is tried until CloudFront takes it.
		{Action: "lambda:GetFunctionConfiguration", on: version, apply: true, Optional: true, with: func(o Options) bool { return o.Functions }},
		{Action: "cloudwatch:DescribeAlarms", on: anything, apply: true, with: func(o Options) bool { return o.Alarms }},
		{Action: "cloudwatch:GetMetricData", on: anything, apply: true, with: func(o Options) bool { return o.Metrics }},
	},
	"cdn_continuous_deployment": {
		{Action: "cloudfront:GetDistribution", on: distribution},
		{Action: "cloudfront:GetContinuousDeploymentPolicy", on: anything},
		{Action: "cloudfront:ListContinuousDeploymentPolicies", on: anything},
		{Action: "cloudfront:ListTagsForResource", on: distribution, spared: true}, // of staging: whose the policy is; an import reads it, too
		{Action: "cloudfront:TagResource", on: distribution, apply: true},          // the same
		{Action: "cloudfront:CreateContinuousDeploymentPolicy", on: anything, apply: true},
		{Action: "cloudfront:UpdateContinuousDeploymentPolicy", on: anything, apply: true},
		{Action: "cloudfront:DeleteContinuousDeploymentPolicy", on: anything, apply: true},
		{Action: "cloudfront:UpdateDistribution", on: distribution, apply: true}, // of the primary, to attach and detach
		// Who else has a policy that is enabled, or to be changed, and not attached to the primary.
		// In a refresh many share its pages.
		{Action: "cloudfront:ListDistributions", on: anything, Optional: true},
		{Action: "cloudfront:GetDistributionConfig", on: anything, apply: true, Optional: true},
	},
	"cdn_edge_split": {
		{Action: "cloudfront:DescribeKeyValueStore", on: store},
		{Action: "cloudfront-keyvaluestore:DescribeKeyValueStore", on: store}, // its ETag, which is the condition of a write
		{Action: "cloudfront-keyvaluestore:GetKey", on: store},
		{Action: "cloudfront-keyvaluestore:PutKey", on: store, apply: true},
		{Action: "cloudfront:CreateKeyValueStore", on: anything, apply: true}, // its ARN has an id that nobody knows before
		{Action: "cloudfront:DeleteKeyValueStore", on: store, apply: true},
		{Action: "cloudfront:ListFunctions", on: anything},
		{Action: "cloudfront:DescribeFunction", on: edgeFunction},
		{Action: "cloudfront:GetFunction", on: edgeFunction},
		{Action: "cloudfront:CreateFunction", on: anything, apply: true}, // one that does not exist yet
		{Action: "cloudfront:TestFunction", on: edgeFunction, apply: true},
		{Action: "cloudfront:PublishFunction", on: edgeFunction, apply: true},
		{Action: "cloudfront:DeleteFunction", on: edgeFunction, apply: true},
		{Action: "cloudfront:GetDistribution", on: distribution},
		{Action: "cloudfront:GetCachePolicy", on: anything}, // whether the side is in the cache key
		{Action: "cloudfront:UpdateDistribution", on: distribution, apply: true, with: func(o Options) bool { return !o.Exported }},
		{Action: "cloudfront:ListDistributions", on: anything, apply: true}, // who still uses the functions, before a destroy
		{Action: "cloudfront:ListDistributions", on: anything, with: func(o Options) bool { return o.Exported }},
		{Action: "cloudwatch:DescribeAlarms", on: anything, apply: true, with: func(o Options) bool { return o.Alarms }},
		{Action: "cloudwatch:GetMetricData", on: anything, apply: true, with: func(o Options) bool { return o.Metrics }},
	},
	"cdn_staging_distribution": {
		{Action: "cloudfront:GetDistribution", on: distribution},
		{Action: "cloudfront:ListDistributions", on: anything, apply: true},
		{Action: "cloudfront:ListDistributions", on: anything, Optional: true},  // in a refresh many share its pages
		{Action: "cloudfront:GetDistributionConfig", on: anything, apply: true}, // of other staging distributions: is it the copy that a run died over?
		{Action: "cloudfront:TagResource", on: anything, apply: true},           // whose the copy is
		{Action: "cloudfront:ListTagsForResource", on: anything, spared: true},  // the same; an import reads it, too
		{Action: "cloudfront:CopyDistribution", on: distribution, apply: true},
		{Action: "cloudfront:CreateDistribution", on: anything, apply: true}, // what AWS asks for with the one above
		{Action: "cloudfront:UpdateDistribution", on: anything, apply: true},
		{Action: "cloudfront:DeleteDistribution", on: anything, apply: true},
	},
	"cdn_weighted_ramp": {
		{Action: "route53:GetHostedZone", on: zone},
		{Action: "route53:ListResourceRecordSets", on: zone},
		{Action: "route53:ListResourceRecordSetProtections", on: zone, Optional: true}, // Route 53 has the last word anyway
		{Action: "route53:ChangeResourceRecordSets", on: zone, apply: true},
		{Action: "route53:GetChange", on: change, apply: true},
		{Action: "cloudfront:ListDistributions", on: anything, apply: true, with: func(o Options) bool { return o.OnDestroy }}, // which one a record leads to
		{Action: "cloudfront:GetDistribution", on: anything, apply: true, with: func(o Options) bool { return o.OnDestroy }},
		{Action: "cloudfront:ListDomainConflicts", on: anything, apply: true, with: func(o Options) bool { return o.OnDestroy }},
		{Action: "cloudwatch:DescribeAlarms", on: anything, apply: true, with: func(o Options) bool { return o.Alarms }},
		{Action: "cloudwatch:GetMetricData", on: anything, apply: true, with: func(o Options) bool { return o.Metrics }},
	},
	"cdn_alias_owner": {
		{Action: "cloudfront:GetDistribution", on: distribution},
		{Action: "cloudfront:ListDomainConflicts", on: distribution},
		{Action: "cloudfront:ListDistributions", on: anything, Optional: true},
	},
	"cdn_staging_promotion": {
		{Action: "cloudfront:GetDistribution", on: distribution},
		{Action: "cloudfront:ListDistributions", on: anything, Optional: true, Together: true},
		{Action: "cloudfront:ListContinuousDeploymentPolicies", on: anything, Optional: true, Together: true},
		{Action: "cloudfront:GetContinuousDeploymentPolicy", on: anything, spared: true},
		{Action: "cloudfront:UpdateContinuousDeploymentPolicy", on: anything, apply: true},
		{Action: "cloudfront:UpdateDistribution", on: distribution, apply: true}, // for the promotion, of both; and for the way back
		{Action: "cloudfront:CreateInvalidation", on: distribution, apply: true, with: func(o Options) bool { return o.Invalidate }},
		{Action: "cloudfront:GetInvalidation", on: distribution, apply: true, with: func(o Options) bool { return o.Invalidate }},
		{Action: "cloudwatch:DescribeAlarms", on: anything, apply: true, with: func(o Options) bool { return o.Alarms }},
		{Action: "cloudwatch:GetMetricData", on: anything, apply: true, with: func(o Options) bool { return !o.Unmetered }}, // a canary has to be seen
		{Action: "s3:GetObject", on: object, apply: true, with: func(o Options) bool { return o.Snapshots }},
		{Action: "s3:ListBucket", on: bucket, apply: true, with: func(o Options) bool { return o.Snapshots }}, // or S3 does not say that there is no object yet
		{Action: "s3:PutObject", on: object, apply: true, with: func(o Options) bool { return o.Snapshots }},
	},
	"cdn_roll_back": { // an action plans nothing, and so asks nothing before it is invoked
		{Action: "cloudfront:GetDistribution", on: distribution, apply: true},
		{Action: "cloudfront:GetContinuousDeploymentPolicy", on: anything, apply: true},
		{Action: "cloudfront:UpdateContinuousDeploymentPolicy", on: anything, apply: true},
		{Action: "cloudfront:UpdateDistribution", on: distribution, apply: true},
		{Action: "cloudfront:CreateInvalidation", on: distribution, apply: true, with: func(o Options) bool { return o.Invalidate }},
		{Action: "cloudfront:GetInvalidation", on: distribution, apply: true, with: func(o Options) bool { return o.Invalidate }},
		{Action: "s3:GetObject", on: anything, apply: true, with: func(o Options) bool { return o.Snapshots }},
		{Action: "s3:PutObject", on: anything, apply: true, with: func(o Options) bool { return o.Snapshots }},
	},
	"cdn_delete_orphaned_policy": {
		{Action: "cloudfront:GetContinuousDeploymentPolicy", on: anything, apply: true},
		{Action: "cloudfront:ListDistributions", on: anything, apply: true},
		{Action: "cloudfront:GetDistributionConfig", on: distribution, apply: true}, // of every distribution, to find the one that has the policy
		{Action: "cloudfront:GetDistribution", on: distribution, apply: true},
		{Action: "cloudfront:UpdateContinuousDeploymentPolicy", on: anything, apply: true},
		{Action: "cloudfront:DeleteContinuousDeploymentPolicy", on: anything, apply: true},
		{Action: "cloudfront:UpdateDistribution", on: distribution, apply: true}, // of the primary, to detach
	},
	"cdn_wait_deployed": {
		{Action: "cloudfront:GetDistribution", on: distribution, apply: true},
		{Action: "cloudfront:ListInvalidations", on: distribution, apply: true, with: func(o Options) bool { return o.Invalidate }},
	},
	"cdn_invalidation": {
		{Action: "cloudfront:GetDistribution", on: distribution, apply: true},
		{Action: "cloudfront:CreateInvalidation", on: distribution, apply: true},
		{Action: "cloudfront:GetInvalidation", on: distribution, spared: true}, // until it is complete; an import reads it, too
	},
	"cdn_invalidate": {
		{Action: "cloudfront:GetDistribution", on: distribution, apply: true},
		{Action: "cloudfront:CreateInvalidation", on: distribution, apply: true},
		{Action: "cloudfront:GetInvalidation", on: distribution, apply: true},
	},
	"cdn_distribution": {{Action: "cloudfront:GetDistribution", on: distribution}},
	"cdn_http_probe":   {}, // it asks the target, and not AWS
	"cdn_orphaned_policies": {
		{Action: "cloudfront:ListContinuousDeploymentPolicies", on: anything},
		{Action: "cloudfront:ListDistributions", on: anything},
		{Action: "cloudfront:GetDistributionConfig", on: anything}, // of each: one that may not be read could be the primary
	},
	"cdn_preflight": append(reading(false),
		Grant{Action: "cloudfront:GetContinuousDeploymentPolicy", on: anything, with: func(o Options) bool { return o.Deployments }},
		Grant{Action: "cloudfront:ListContinuousDeploymentPolicies", on: anything, with: func(o Options) bool { return o.Deployments }},
		// That there is none, so that the pages of ListDistributions will do.
		Grant{Action: "cloudfront:ListContinuousDeploymentPolicies", on: anything, Optional: true, Together: true, with: func(o Options) bool { return !o.Deployments && !o.Behaviors && !o.Splits }},
		Grant{Action: "cloudfront:GetDistributionConfig", on: anything, Optional: true, with: func(o Options) bool { return o.Deployments }}, // who else has the policy
		Grant{Action: "s3:GetBucketPolicy", on: anything, Optional: true, with: func(o Options) bool { return o.Deployments }},
		Grant{Action: "cloudfront:GetCachePolicy", on: anything, Optional: true, with: func(o Options) bool { return o.Behaviors }},
		Grant{Action: "lambda:GetFunctionConfiguration", on: version, Optional: true, with: func(o Options) bool { return o.Behaviors && o.Functions }},
		Grant{Action: "cloudfront:DescribeKeyValueStore", on: store, with: func(o Options) bool { return o.Splits }},
		Grant{Action: "cloudfront-keyvaluestore:DescribeKeyValueStore", on: store, with: func(o Options) bool { return o.Splits }},
		Grant{Action: "cloudfront-keyvaluestore:GetKey", on: store, with: func(o Options) bool { return o.Splits }},
		Grant{Action: "cloudfront:ListFunctions", on: anything, with: func(o Options) bool { return o.Splits }},
		Grant{Action: "cloudfront:DescribeFunction", on: edgeFunction, with: func(o Options) bool { return o.Splits }},
		Grant{Action: "cloudfront:GetFunction", on: edgeFunction, with: func(o Options) bool { return o.Splits }},
		Grant{Action: "cloudfront:GetCachePolicy", on: anything, with: func(o Options) bool { return o.Splits }}, // whether the side is in the cache key
		Grant{Action: "cloudfront:ListDistributions", on: anything, with: func(o Options) bool { return o.Splits && o.Exported }},
		Grant{Action: "cloudwatch:DescribeAlarms", on: anything, with: func(o Options) bool { return o.Alarms }},
	),
	"cdn_promotion_status": {
		{Action: "cloudfront:GetDistribution", on: distribution},
		{Action: "cloudfront:GetContinuousDeploymentPolicy", on: anything},
		{Action: "cloudfront:ListDistributions", on: anything}, // to find the staging distribution that nobody has named
	},
	"cdn_traffic": {{Action: "cloudwatch:GetMetricData", on: anything}},
}

// lists is the table for what is listed.
var lists = map[string][]Grant{
	"cdn_bluegreen_switch": {
		{Action: "cloudfront:ListDistributions", on: anything},
		{Action: "route53:ListResourceRecordSets", on: zone}, // of those that are named
	},
	"cdn_continuous_deployment": {
		{Action: "cloudfront:ListContinuousDeploymentPolicies", on: anything},
		{Action: "cloudfront:ListDistributions", on: anything},
		{Action: "cloudfront:GetDistributionConfig", on: anything}, // of each: one that may not be read could be the primary
	},
	"cdn_staging_distribution": {
		{Action: "cloudfront:ListDistributions", on: anything},
		{Action: "cloudfront:GetDistribution", on: anything},
		// Which distribution a copy is one of that this resource has not made.
		{Action: "cloudfront:ListContinuousDeploymentPolicies", on: anything, Optional: true},
		{Action: "cloudfront:GetDistributionConfig", on: anything, Optional: true},
	},
	"cdn_weighted_ramp": {{Action: "route53:ListResourceRecordSets", on: zone}},
}

// Listed are the resources that can be listed, sorted.
func Listed() []string { return slices.Sorted(maps.Keys(lists)) }

// reading is what it takes to see what a switch decides by. A refresh, which decides
// nothing, can do without knowing who has a name that no side has.
func reading(refresh bool) []Grant {
	return []Grant{
		{Action: "cloudfront:GetDistribution", on: distribution},
		{Action: "cloudfront:ListDomainConflicts", on: distribution, spared: refresh},
		// Half of an owner's id stays hidden. An account that has only the zone has no distributions to list.
		{Action: "cloudfront:ListDistributions", on: anything, Optional: true, with: func(o Options) bool { return o.Distributions == nil || len(o.Distributions) > 0 }},
		{Action: "acm:DescribeCertificate", on: certificate, Optional: true}, // CloudFront has the last word anyway
		{Action: "route53:GetHostedZone", on: zone},
		{Action: "route53:ListResourceRecordSets", on: zone},
		{Action: "route53:ListResourceRecordSetProtections", on: zone, Optional: true}, // Route 53 has the last word anyway
	}
}

// Kinds lists the resources, data sources and actions of the table, sorted.
func Kinds() []string {
	var out []string
	for kind := range table {
		out = append(out, kind)
	}
	slices.Sort(out)
	return out
}

// Grants lists what some kinds need, by action. Kinds that are not in the table
// need nothing.
func Grants(mode Mode, kinds []string, o Options) []Grant {
	methods := o.Methods
	if len(methods) == 0 {
		methods = []switchover.Method{switchover.DomainAssociation}
	}
	rows := table
	if mode == Query {
		rows = lists
	}
	byAction := map[string]Grant{}
	for _, kind := range kinds {
		for _, g := range rows[kind] {
			used := g.methods == nil || slices.ContainsFunc(methods, func(m switchover.Method) bool { return slices.Contains(g.methods, m) })
			if g.apply && mode != Apply || !used || g.with != nil && !g.with(o) || o.without(g.on) {
				continue
			}
			g.Optional = g.Optional || g.spared && mode == Plan
			if known, ok := byAction[g.Action]; ok {
				g.Optional = g.Optional && known.Optional
			}
			byAction[g.Action] = g
		}
	}
	if len(o.Roles) > 0 {
		byAction["sts:AssumeRole"] = Grant{Action: "sts:AssumeRole", on: role}
	}
	out := make([]Grant, 0, len(byAction))
	for _, g := range byAction {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b Grant) int { return strings.Compare(a.Action, b.Action) })
	return out
}

// Writes lists the actions by which some kinds change something, whether by an apply, by its
// way back or by a destroy. Nobody can find out whether they are allowed without a change:
// what AWS offers for that (iam:SimulatePrincipalPolicy) leaves out what an organization or a
// session forbids. Source: Service Authorization Reference, where Get, List and Describe are
// the verbs of reads, in every service of the table.
func Writes(kinds []string, o Options) []string {
	var out []string
	for _, g := range Grants(Apply, kinds, o) {
		_, verb, _ := strings.Cut(g.Action, ":")
		if !slices.ContainsFunc([]string{"Get", "List", "Describe"}, func(read string) bool { return strings.HasPrefix(verb, read) }) {
			out = append(out, g.Action)
		}
	}
	return out
}

// without says whether the configuration has nothing of a kind.
func (o Options) without(r resource) bool {
	switch r {
	case change:
		r = zone
	case object:
		r = bucket
	case distribution, certificate, zone, bucket, version, edgeFunction, store, role, anything:
	}
	arns := o.arns(r)
	return arns != nil && len(arns) == 0
}

// arns are what the actions on a resource may touch; nil: anything.
func (o Options) arns(r resource) []string {
	switch r {
	case distribution:
		return o.Distributions
	case certificate:
		return o.Certificates
	case zone:
		return o.Zones
	case bucket:
		return o.Buckets
	case version:
		return o.Versions
	case edgeFunction:
		return o.EdgeFunctions
	case store:
		return o.Stores
	case role:
		return o.Roles
	case object:
		var out []string
		for _, arn := range o.Buckets {
			out = append(out, arn+"/cdn-staging-promotion/*")
		}
		return out
	case change:
		if len(o.Zones) > 0 {
			return []string{"arn:" + partition(o.Zones[0]) + ":route53:::change/*"}
		}
	case anything:
	}
	return nil
}

func partition(arn string) string {
	if parts := strings.SplitN(arn, ":", 3); len(parts) == 3 {
		return parts[1]
	}
	return "aws"
}

// Policy prints what some kinds need as an IAM policy document. Actions that may
// touch the same share a statement.
func Policy(mode Mode, kinds []string, o Options) (string, error) {
	return document(Grants(mode, kinds, o), o)
}

// Without prints the policy without one action, to find out who misses it.
func Without(action string, mode Mode, kinds []string, o Options) (string, error) {
	grants := Grants(mode, kinds, o)
	return document(slices.DeleteFunc(grants, func(g Grant) bool { return g.Action == action }), o)
}

func document(grants []Grant, o Options) (string, error) {
	type statement struct {
		Effect   string
		Action   []string
		Resource any
	}
	var statements []statement
	for _, r := range []resource{anything, distribution, certificate, zone, change, bucket, object, version, edgeFunction, store, role} {
		var actions []string
		for _, g := range grants {
			if o.confined(g.on) == r {
				actions = append(actions, g.Action)
			}
		}
		if len(actions) == 0 {
			continue
		}
		s := statement{Effect: "Allow", Action: actions, Resource: "*"}
		if arns := slices.Compact(slices.Sorted(slices.Values(o.arns(r)))); len(arns) > 0 {
			s.Resource = arns
		}
		statements = append(statements, s)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(struct {
		Version   string
		Statement []statement
	}{"2012-10-17", statements})
	return strings.TrimSuffix(out.String(), "\n"), err
}

// confined is what the actions on a resource are confined to: anything, unless
// there are ARNs for it.
func (o Options) confined(r resource) resource {
	if o.arns(r) == nil {
		return anything
	}
	return r
}
