package permissions_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

const (
	blue  = "arn:aws:cloudfront::123456789012:distribution/EBLUE"
	green = "arn:aws:cloudfront::123456789012:distribution/EGREEN"
	zone  = "arn:aws-cn:route53:::hostedzone/Z1"
)

func actions(grants []permissions.Grant) []string {
	var out []string
	for _, g := range grants {
		out = append(out, g.Action)
	}
	return out
}

func TestPlanningWritesNothingAndApplyingNeedsWhatPlanningDoes(t *testing.T) {
	t.Parallel()
	for _, kind := range permissions.Kinds() {
		for _, m := range []switchover.Method{switchover.DomainAssociation, switchover.AssociateAlias, switchover.WildcardOverlap, switchover.RemoveAndAdd} {
			o := permissions.Options{Methods: []switchover.Method{m}}
			plan := actions(permissions.Grants(permissions.Plan, []string{kind}, o))
			apply := actions(permissions.Grants(permissions.Apply, []string{kind}, o))
			// An HTTP probe asks no AWS service, and an action nobody before it is invoked.
			silent := []string{"cdn_http_probe", "cdn_delete_orphaned_policy", "cdn_invalidate", "cdn_roll_back", "cdn_wait_deployed"}
			if (len(plan) == 0) != slices.Contains(silent, kind) || !slices.IsSorted(plan) || !slices.IsSorted(apply) {
				t.Errorf("%s: plan %v, apply %v", kind, plan, apply)
			}
			for _, a := range plan {
				_, verb, _ := strings.Cut(a, ":")
				if !strings.HasPrefix(verb, "Get") && !strings.HasPrefix(verb, "List") && !strings.HasPrefix(verb, "Describe") {
					t.Errorf("%s: planning needs %s", kind, a)
				}
				if !slices.Contains(apply, a) {
					t.Errorf("%s: applying does without %s", kind, a)
				}
			}
		}
	}
}

// An action that AWS does not know is allowed to nobody, and nobody notices.
func TestEveryActionIsOneOfAWS(t *testing.T) {
	t.Parallel()
	known := []string{"lambda:EnableReplication*", "lambda:DisableReplication*"} // of no operation, and the star is part of the name
	for _, op := range awssim.New(awssim.Options{}).Operations() {
		known = append(known, op.Actions...)
	}
	methods := []switchover.Method{switchover.DomainAssociation, switchover.AssociateAlias}
	for _, a := range actions(permissions.Grants(permissions.Apply, permissions.Kinds(), permissions.Options{Methods: methods, Invalidate: true, Alarms: true, Metrics: true, Snapshots: true, Deployments: true, Functions: true, Behaviors: true, Splits: true, Exported: true})) {
		if !slices.Contains(known, a) {
			t.Errorf("%s is no action", a)
		}
	}
}

type statement struct {
	Effect   string
	Action   []string
	Resource any
}

func statements(t *testing.T, mode permissions.Mode, kinds []string, o permissions.Options) []statement {
	t.Helper()
	raw, err := permissions.Policy(mode, kinds, o)
	if err != nil {
		t.Fatal(err)
	}
	var policy struct {
		Version   string
		Statement []statement
	}
	if err := json.Unmarshal([]byte(raw), &policy); err != nil || policy.Version != "2012-10-17" {
		t.Fatalf("%v: %s", err, raw)
	}
	if err := awssim.New(awssim.Options{}).Restrict(raw); err != nil {
		t.Errorf("%v: %s", err, raw)
	}
	return policy.Statement
}

func TestAPolicyIsConfinedToTheSnapshotsOfABucket(t *testing.T) {
	t.Parallel()
	o := permissions.Options{Snapshots: true, Distributions: []string{blue}, Buckets: []string{"arn:aws:s3:::snapshots"}}
	got := statements(t, permissions.Apply, []string{"cdn_staging_promotion"}, o)
	want := []statement{
		{"Allow", []string{"s3:ListBucket"}, []any{"arn:aws:s3:::snapshots"}},
		{"Allow", []string{"s3:GetObject", "s3:PutObject"}, []any{"arn:aws:s3:::snapshots/cdn-staging-promotion/*"}},
	}
	if len(got) < 2 || !reflect.DeepEqual(got[len(got)-2:], want) {
		t.Errorf("%+v, want it to end with %+v", got, want)
	}
	if a := actions(permissions.Grants(permissions.Plan, []string{"cdn_staging_promotion"}, o)); slices.ContainsFunc(a, func(s string) bool { return strings.HasPrefix(s, "s3:") }) {
		t.Errorf("planning needs %v", a)
	}
}

func TestAPolicyIsConfinedToWhatItIsTold(t *testing.T) {
	t.Parallel()
	kinds := []string{"cdn_bluegreen_switch"}
	got := statements(t, permissions.Apply, kinds, permissions.Options{Distributions: []string{green, blue, green}, Zones: []string{zone}})
	want := []statement{
		{"Allow", []string{"acm:DescribeCertificate", "cloudfront:ListDistributions"}, "*"},
		{"Allow", []string{"cloudfront:GetDistribution", "cloudfront:ListDomainConflicts", "cloudfront:UpdateDistribution", "cloudfront:UpdateDomainAssociation"}, []any{blue, green}},
		{"Allow", []string{"route53:ChangeResourceRecordSets", "route53:GetHostedZone", "route53:ListResourceRecordSetProtections", "route53:ListResourceRecordSets"}, []any{zone}},
		{"Allow", []string{"route53:GetChange"}, []any{"arn:aws-cn:route53:::change/*"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
	all := statements(t, permissions.Apply, kinds, permissions.Options{})
	if len(all) != 1 || all[0].Resource != "*" || len(all[0].Action) != 11 {
		t.Errorf("without ARNs: %v", all)
	}
}

func TestAPolicyLeavesOutWhatTheConfigurationDoesNotHave(t *testing.T) {
	t.Parallel()
	got := statements(t, permissions.Apply, []string{"cdn_bluegreen_switch"}, permissions.Options{Zones: []string{}, Certificates: []string{}})
	want := []string{"cloudfront:GetDistribution", "cloudfront:ListDistributions", "cloudfront:ListDomainConflicts", "cloudfront:UpdateDistribution", "cloudfront:UpdateDomainAssociation"}
	if len(got) != 1 || !slices.Equal(got[0].Action, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWhatAGateWatchesIsAllowedOnlyIfItWatches(t *testing.T) {
	t.Parallel()
	for o, want := range map[*permissions.Options]string{
		{}:             "",
		{Alarms: true}: "cloudwatch:DescribeAlarms", {Metrics: true}: "cloudwatch:GetMetricData",
		{Alarms: true, Metrics: true}: "cloudwatch:DescribeAlarms cloudwatch:GetMetricData",
	} {
		var got []string
		for _, a := range actions(permissions.Grants(permissions.Apply, []string{"cdn_bluegreen_switch"}, *o)) {
			if strings.HasPrefix(a, "cloudwatch:") {
				got = append(got, a)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%+v: %v, want %s", *o, got, want)
		}
		for _, a := range actions(permissions.Grants(permissions.Plan, []string{"cdn_bluegreen_switch"}, *o)) {
			if strings.HasPrefix(a, "cloudwatch:") {
				t.Errorf("a plan asks no gate, and needs %s", a)
			}
		}
	}
}

func TestAPolicyForSeveralKindsNeedsWhatAnyOfThemDoes(t *testing.T) {
	t.Parallel()
	both := permissions.Grants(permissions.Plan, []string{"cdn_distribution", "cdn_alias_owner"}, permissions.Options{})
	if got, want := actions(both), []string{"cloudfront:GetDistribution", "cloudfront:ListDistributions", "cloudfront:ListDomainConflicts"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	less, err := permissions.Without("cloudfront:GetDistribution", permissions.Plan, []string{"cdn_distribution", "cdn_alias_owner"}, permissions.Options{})
	if err != nil || strings.Contains(less, "GetDistribution\"") || !strings.Contains(less, "ListDomainConflicts") {
		t.Errorf("%v: %s", err, less)
	}
}
