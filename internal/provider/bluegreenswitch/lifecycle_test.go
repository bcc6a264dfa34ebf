package bluegreenswitch_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

func TestIntroducingTheSwitchWritesNothing(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ctx := context.Background()
		if d := c.MustConverge(ctx, t, switchTo(e, "blue")).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		if w := e.Writes(0); len(w) > 0 {
			t.Errorf("%d writes: %+v", len(w), w)
		}
		p, err := c.Plan(ctx, switchTo(e, "blue"))
		if err != nil || !p.Empty() {
			t.Errorf("second plan: err %v, empty %v\nprior   %s\nplanned %s", err, p.Empty(), p.Prior, p.Planned)
		}
		if d := c.MustConverge(ctx, t, switchTo(e, "green")).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		e.ExpectOn(e.Green)
		e.ExpectServed()
		p, err = c.Plan(ctx, switchTo(e, "green"))
		if err != nil || !p.Empty() {
			t.Errorf("second plan: err %v, empty %v\nprior   %s\nplanned %s", err, p.Empty(), p.Prior, p.Planned)
		}
	})
}

// viewers ask for a name once a second, each from another POP, until stopped. It
// returns how many answers there were and which of them were no site's.
func viewers(e *acctest.Env, name string, n int) (stop func() (answers int, bad []string)) {
	ctx, cancel := context.WithCancel(context.Background())
	var mu sync.Mutex
	var wg sync.WaitGroup
	answers, bad := 0, []string(nil)
	for range n {
		client := &http.Client{Transport: e.World.Transport()}
		wg.Go(func() {
			for (clock.System{}).Sleep(ctx, time.Second) == nil {
				resp, err := client.Get("https://" + name + "/")
				mu.Lock()
				answers++
				switch {
				case err != nil:
					bad = append(bad, err.Error())
				case resp.StatusCode != http.StatusOK:
					bad = append(bad, fmt.Sprintf("%s from %s", resp.Status, resp.Header.Get("X-Amz-Cf-Pop")))
				}
				mu.Unlock()
				if err == nil {
					_ = resp.Body.Close()
				}
			}
		})
	}
	return func() (int, []string) {
		cancel()
		wg.Wait()
		return answers, bad
	}
}

func TestNoViewerIsLostDuringACutover(t *testing.T) {
	t.Parallel()
	running(t, site("example.com", "www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		stop := viewers(e, "www.example.com", 24)
		mustApply(t, c, switchTo(e, "green"))
		mustApply(t, c, switchTo(e, "blue"))
		answers, bad := stop()
		if len(bad) > 0 || answers == 0 {
			t.Errorf("%d of %d answers were bad, the first %v", len(bad), answers, bad[:min(3, len(bad))])
		}
		e.ExpectOn(e.Blue)
		e.ExpectServed()
	})
}

func TestATargetThatIsStillDeployingIsWaitedFor(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].OriginPath = aws.String("/next") })
		stop := viewers(e, "www.example.com", 24)
		mustApply(t, c, switchTo(e, "green"))
		if answers, bad := stop(); len(bad) > 0 || answers == 0 {
			t.Errorf("%d of %d answers were bad", len(bad), answers)
		}
		e.ExpectOn(e.Green)
		e.ExpectServed()
	})
}

func TestANewTargetGetsNothingBeforeItIsEverywhere(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		fresh := e.Distribute("fresh", nil) // still deploying when the cutover begins
		config := switchTo(e, "green")
		side(config, "green")["distribution_id"] = fresh.ID
		side(config, "green")["marker"] = map[string]any{"value": "fresh.origin.test"}
		mustApply(t, c, config)
		e.ExpectOn(fresh)
		e.ExpectServed()
	})
}
