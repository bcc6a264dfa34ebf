package diags_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/staging"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

const somewhere = "Traffic goes to the primary (E1)."

func TestEveryObstacleOfContinuousDeploymentHasWordsOfItsOwn(t *testing.T) {
	t.Parallel()
	said := map[string]string{}
	look := func(kind string, err error, found string) {
		d := diags.Unfinished(diags.Work{What: "The thing", Traffic: somewhere, Err: err})
		if strings.Contains(d.Summary(), "unknown obstacle") {
			t.Errorf("there are no words for %s", kind)
		}
		if other, ok := said[d.Summary()]; ok && other != "not_in_recipe" {
			t.Errorf("%q is said about %s and about %s", d.Summary(), kind, other)
		}
		said[d.Summary()] = kind
		if d.Severity() != diag.SeverityError || !strings.HasPrefix(d.Detail(), somewhere+"\n\n") || !strings.HasSuffix(d.Detail(), ".") || !strings.Contains(d.Detail(), found) {
			t.Errorf("%s says\n%s", kind, d.Detail())
		}
	}
	for _, k := range constants[string](t, "deployment", "Kind") {
		look(k, &deployment.Obstacle{Kind: deployment.Kind(k), Found: "E9FOUND", Fields: []string{"PriceClass"}}, "E9FOUND")
	}
	for _, k := range constants[string](t, "staging", "Kind") {
		found := "E9FOUND"
		if staging.Kind(k) == staging.NothingToOverride {
			found = "PriceClass"
		}
		look(k, &staging.Obstacle{Kind: staging.Kind(k), Found: "E9FOUND", Fields: []string{"PriceClass"}}, found)
	}
}

func TestWorkThatEndsEarlySaysWhyAndWhatIsNext(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"rejected the credentials": failure(awsapi.ErrCredentials), "may not do this": failure(awsapi.ErrDenied), "cannot be reached": failure(awsapi.ErrUnreachable),
		"throttles": failure(awsapi.ErrThrottled), "newer than this provider": failure(awsapi.ErrUnknownElement), "come to an end": engine.ErrNoProgress,
		"held by something else": failure(awsapi.ErrInUse), "is unfinished": failure(awsapi.ErrRefused), "interrupted": context.Canceled,
		"ran out of time": &engine.Deadline{Budget: time.Hour, While: "waiting"},
	} {
		for created, next := range map[bool]string{true: "Nothing is recorded in state. Policy p exists. The next apply finds it", false: "State records what AWS shows."} {
			d := diags.Unfinished(diags.Work{What: "The thing", Traffic: somewhere, Err: err, Created: created, Left: "Policy p exists."})
			if !strings.Contains(d.Summary(), name) || !strings.HasPrefix(d.Detail(), somewhere) || !strings.Contains(d.Detail(), next) {
				t.Errorf("%s: %s\n%s", name, d.Summary(), d.Detail())
			}
		}
	}
	if d := diags.Unfinished(diags.Work{What: "The thing", Traffic: somewhere, Err: failure(awsapi.ErrRefused), Invoked: true}); !strings.Contains(d.Detail(), "Invoke the action again") || strings.Contains(d.Detail(), "tate") {
		t.Errorf("%s", d.Detail())
	}
	if d := diags.RoutesOtherwise(run.Recorded(cutover.Traffic{{To: []cutover.Share{{To: "the primary (E1)"}}}}), deployment.Spec{Primary: "E1", Routing: deployment.Routing{Percent: 5}}, &deployment.Policy{Routing: deployment.Routing{Percent: 15}}); d.Severity() != diag.SeverityWarning ||
		!strings.HasPrefix(d.Detail(), "When state was last brought up to date, traffic went to the primary (E1).") || !strings.Contains(d.Detail(), "15 % of requests") || !strings.HasSuffix(d.Detail(), "route 5 % of requests.") {
		t.Errorf("%s", d.Detail())
	}
	o := &deployment.Obstacle{Kind: deployment.HTTP3, Found: "E1"}
	if d := diags.DeploymentInTheWay(diags.Work{Traffic: somewhere}, o); d.Severity() != diag.SeverityWarning || !strings.Contains(d.Detail(), "when the plan was made") {
		t.Errorf("%s", d.Detail())
	}
	if d := diags.ReadFailed("The thing", failure(awsapi.ErrDenied)); !strings.Contains(d.Detail(), "State is kept as it was.") || !strings.Contains(d.Detail(), "SomeCode: because") {
		t.Errorf("%s", d.Detail())
	}
	if d := diags.NotRemoved(diags.Work{What: "The thing", Traffic: somewhere, Err: failure(awsapi.ErrInUse)}); !strings.Contains(d.Detail(), "stays in state") {
		t.Errorf("%s", d.Detail())
	}
	if d := diags.Follows("E1"); d.Severity() != diag.SeverityWarning || !strings.Contains(d.Detail(), "E1") {
		t.Errorf("%s", d.Detail())
	}
}
