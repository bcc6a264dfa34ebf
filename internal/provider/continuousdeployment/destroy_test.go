package continuousdeployment_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

func TestTheDestroyFinishesWhatHandsBegan(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(w *world, id string){
		"nothing": func(*world, string) {},
		"a canary runs": func(w *world, id string) {
			w.TurnByHand(id, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(true) })
		},
		"detached": func(w *world, _ string) { w.AttachByHand(w.Blue, "") },
		"detached while a canary ran": func(w *world, id string) {
			w.TurnByHand(id, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(true) })
			w.AttachByHand(w.Blue, "")
		},
		"policy gone": func(w *world, id string) {
			w.AttachByHand(w.Blue, "")
			w.ForgetByHand(id)
		},
		"staging gone as well": func(w *world, id string) {
			w.AttachByHand(w.Blue, "")
			w.ForgetByHand(id)
			w.Settle()
			w.DeleteByHand(w.staging)
		},
		"primary gone": func(w *world, _ string) {
			w.AttachByHand(w.Blue, "")
			w.DeleteByHand(w.Blue)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in(t, func(t *testing.T, w *world) {
				config := joined(w.Env)
				w.apply(t, config)
				p, err := w.Plan(context.Background(), nil)
				if err != nil {
					t.Fatal(err)
				}
				begin(w, w.Get("id"))
				if d, err := w.Core.Apply(context.Background(), p); err != nil || len(d.Errors()) > 0 {
					t.Fatal(err, d)
				}
				if n := len(w.Policies()); n != 0 || !w.Core.State.IsNull() {
					t.Errorf("%d policies left, state %s", n, w.Core.State)
				}
			})
		})
	}
}
