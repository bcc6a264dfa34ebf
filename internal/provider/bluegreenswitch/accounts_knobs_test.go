package bluegreenswitch_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/audit"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

// betweenKnobs are knobs, and those that only a move between accounts can meet.
func betweenKnobs() map[string]func(*knob.Knobs) {
	out := knobs()
	maps.Copy(out, map[string]func(*knob.Knobs){
		"SourceMustBeDeployed": func(k *knob.Knobs) { k.SourceMustBeDeployed = true },
		"TXTAll":               func(k *knob.Knobs) { k.TXTAll = true },
		"TXTCache":             func(k *knob.Knobs) { k.TXTCache = 3 * time.Minute },
		"ProofLast":            func(k *knob.Knobs) { k.ProofLast = true },
		"RefuseWildcardProof":  func(k *knob.Knobs) { k.RefuseWildcardProof = true },
		"UnownedGap":           func(k *knob.Knobs) { k.UnownedGap = 2 * time.Second },
	})
	return out
}

func TestAMoveBetweenAccountsWorksWithEverySettingOfEveryKnob(t *testing.T) {
	t.Parallel()
	var turned []matrix.Scenario
	share := matrix.Share{Of: 3}
	for _, s := range crossings() {
		if s.create || s.name == "dance, rolled back" || !share.Takes(t, "scenario="+s.name) {
			continue
		}
		o := s.ordeal()
		if !s.outage {
			o.Impossible = []string{"UnownedGap"} // nobody is served in it, which is what it is
		}
		turned = append(turned, o)
	}
	t.Logf("%s", &share)
	matrix.Turn(t, betweenKnobs(), turned...)
}

// darkest is how long a location refuses viewers by a move that nothing delays: until the
// second change has come to where the first one came at once, and a poll in between.
const darkest = propagation + time.Minute

// One setting alone, or two about the same: nobody is in the dark while the provider finds out.
func TestWhatAWSWantsOfAProofIsFoundOutBeforeAnythingIsDark(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		turn func(*knob.Knobs)
		dark time.Duration
	}{
		"the only value":                  {func(k *knob.Knobs) { k.TXTAll = true }, darkest},
		"kept for long":                   {func(k *knob.Knobs) { k.TXTAll, k.TXTCache = true, 10*time.Minute }, darkest},
		"looked at last":                  {func(k *knob.Knobs) { k.ProofLast = true }, darkest},
		"looked at last, deployed source": {func(k *knob.Knobs) { k.ProofLast, k.SourceMustBeDeployed = true, true }, darkest + propagation + time.Minute},
		// Nothing tells beforehand: it costs what DNS takes.
		"the only value, looked at last": {func(k *knob.Knobs) { k.TXTAll, k.ProofLast = true, true }, darkest + 2*time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crossing(t, apart("www.example.com"), darkly, func(t *testing.T, e *acctest.Env, core *acctest.Core) {
				e.World.Turn(c.turn)
				mustApply(t, core, darkly(e, "green"))
				if got := outage(e); got > c.dark || got == 0 {
					t.Errorf("a location was dark for %s, and %s was to be expected", got, c.dark)
				}
			})
		})
	}
}

// outage is how long a location has refused viewers at most.
func outage(e *acctest.Env) (out time.Duration) {
	for _, v := range e.World.Audit(e.Start, e.Names...) {
		if v.Kind == audit.Unserved || v.Kind == audit.DisabledSide {
			until := v.Until
			if until.IsZero() {
				until = e.World.Clock().Now()
			}
			out = max(out, until.Sub(v.At))
		}
	}
	return out
}

// foreignTXT is somebody's value in the proof of www.example.com.
func foreignTXT(e *acctest.Env) {
	dns := e.In(acctest.DNSAccount)
	dns.ZoneIDs = e.ZoneIDs
	dns.ChangeByHand("www.example.com", r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
		Name: aws.String("_www.example.com"), Type: r53types.RRTypeTxt, TTL: aws.Int64(300), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(`"of somebody"`)}},
	}})
	e.Settle()
}

// askTooEarly has CloudFront asked for the name by somebody who has no proof.
func askTooEarly(e *acctest.Env) {
	there := e.In(acctest.NewAccount)
	got, err := there.CloudFront.GetDistribution(context.Background(), &cloudfront.GetDistributionInput{Id: &e.Green.ID})
	if err == nil {
		_, err = there.CloudFront.UpdateDomainAssociation(context.Background(), &cloudfront.UpdateDomainAssociationInput{
			Domain: aws.String("www.example.com"), IfMatch: got.ETag, TargetResource: &cftypes.DistributionResourceId{DistributionId: &e.Green.ID},
		})
	}
	if err == nil {
		panic("it was moved")
	}
}

func TestWhereANameCannotMoveNobodyIsDarkened(t *testing.T) {
	t.Parallel()
	refuse := func(code string, status int) func(e *acctest.Env) {
		return func(e *acctest.Env) {
			e.World.Faults().Add(fault.Fault{Operation: "UpdateDomainAssociation", Kind: fault.Answer, Code: code, Status: status, Message: "No."})
		}
	}
	for name, c := range map[string]struct {
		world   func(e *acctest.Env)
		summary string
	}{
		"another value in the proof, which has to be the only one": {func(e *acctest.Env) {
			e.World.Turn(func(k *knob.Knobs) { k.TXTAll = true })
			foreignTXT(e)
		}, "AWS does not take the proof"},
		"somebody has asked before there was a proof": {func(e *acctest.Env) {
			e.World.Turn(func(k *knob.Knobs) { k.TXTCache = time.Hour })
			askTooEarly(e)
		}, "AWS does not take the proof"},
		"whoever has the target may not":    {refuse("AccessDenied", 403), "The credentials may not do this"},
		"CloudFront minds something else":   {refuse("InvalidArgument", 400), "AWS refuses to move the name this way"},
		"CloudFront has no such operation":  {refuse("UnknownOperation", 400), "An operation is not served here"},
		"CloudFront has forgotten the name": {refuse("EntityNotFound", 404), "Cutover stopped half-way"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crossing(t, apart("www.example.com"), darkly, func(t *testing.T, e *acctest.Env, core *acctest.Core) {
				c.world(e)
				stops(t, apply(t, core, darkly(e, "green")), c.summary)
				if got := outage(e); got > 0 {
					t.Errorf("a location was dark for %s", got)
				}
				e.World.Faults().Clear()
				if got := e.Owner("www.example.com"); got != e.Blue.ID {
					t.Errorf("the name is on %q", got)
				}
				e.World.Turn(func(k *knob.Knobs) { k.TXTAll = false })
				sleep(time.Hour)
				mustApply(t, core, darkly(e, "green")) // there is nothing to be mended by hand
				expectNoProofs(t, e)
			})
		})
	}
}

// Where nothing tells beforehand that a proof will not be taken, it is not waited for in the
// dark for as long as resolvers may keep what was before.
func TestNobodyWaitsInTheDarkForAProof(t *testing.T) {
	t.Parallel()
	crossing(t, apart("www.example.com"), darkly, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Turn(func(k *knob.Knobs) { k.TXTAll, k.ProofLast = true, true })
		foreignTXT(e)
		stops(t, apply(t, c, darkly(e, "green")), "Cutover failed and was rolled back", "TXT")
		if got, most := outage(e), darkest+6*time.Minute; got > most || got == 0 {
			t.Errorf("a location was dark for %s", got)
		}
		s := crossingScenario{want: "blue", outage: true}
		s.expect(t, e)
	})
}
