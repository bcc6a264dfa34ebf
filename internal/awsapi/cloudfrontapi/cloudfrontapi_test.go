package cloudfrontapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

func TestADistributionIsReadAsCloudFrontShowsIt(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.distribute(func(c *types.DistributionConfig) { c.IsIPV6Enabled = aws.Bool(false) }, www, "*.example.com")
		d := s.read(id)
		if d.ID != id || !strings.HasSuffix(d.Domain, ".cloudfront.net") || d.ETag == "" || d.CertificateARN != s.certificate || d.Fingerprint == "" {
			s.Errorf("read %+v", d)
		}
		if d.Deployed || !d.Enabled || d.Staging || d.IPv6 || d.DefaultCertificate {
			s.Errorf("read %+v", d)
		}
		if want := []string{www, "*.example.com"}; !slices.Equal(d.Aliases, want) {
			s.Errorf("aliases %v, want %v", d.Aliases, want)
		}
		s.settle()
		if d := s.read(id); !d.Deployed || d.Settling {
			s.Errorf("an hour later: %+v", d)
		}
		plain := s.distribute(func(c *types.DistributionConfig) { c.ViewerCertificate, c.Enabled = nil, aws.Bool(false) })
		if d := s.read(plain); !d.DefaultCertificate || d.CertificateARN != "" || d.Enabled || !d.IPv6 {
			s.Errorf("read %+v", d)
		}
		for _, c := range s.calls(0, "") {
			if !strings.Contains(c.UserAgent, "cloudfront") || c.Write {
				s.Errorf("reading called %+v", c)
			}
		}
	})
}

func TestADistributionThatIsGoneIsNotFound(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		_, err := s.client.Distribution(s.Context(), "E1NOTHERE", s.now())
		if !errors.Is(err, awsapi.ErrNotFound) || !strings.Contains(err.Error(), "reading distribution E1NOTHERE: NoSuchDistribution") {
			s.Errorf("answered %v", err)
		}
	})
}

// An answer of a stranger, such as the sign-in page of a hotel, is none.
func TestAnAnswerWithoutADistributionIsAmbiguous(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		for _, body := range []string{"", "<html><body>Welcome</body></html>"} {
			s.via.RoundTripper = answering(http.StatusOK, body)
			if _, err := s.client.Distribution(s.Context(), "E1", s.now()); !errors.Is(err, awsapi.ErrAmbiguous) {
				s.Errorf("%q was taken for %v", body, err)
			}
		}
	})
}

// At one instant a hundred readers make one call, and what is newer than the
// answer makes another.
func TestReadersOfOneMomentShareOneCall(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.distribute(nil, www)
		s.pass(time.Second) // not in the same instant as the write
		before := s.sim.Journal().Seq()
		all := func(since time.Time) {
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() {
					if d, err := s.client.Distribution(s.Context(), id, since); err != nil || d.ID != id {
						s.Errorf("read %q: %v", d.ID, err)
					}
				})
			}
			wg.Wait()
		}
		all(s.now())
		if n := len(s.calls(before, "GetDistribution")); n != 1 {
			s.Errorf("%d calls at one moment", n)
		}
		s.pass(7 * time.Second)
		all(s.now().Add(-7 * time.Second))
		if n := len(s.calls(before, "GetDistribution")); n != 1 {
			s.Errorf("%d calls within the window", n)
		}
		all(s.now().Add(-7*time.Second + 1))
		if n := len(s.calls(before, "GetDistribution")); n != 2 {
			s.Errorf("%d calls after the window", n)
		}
	})
}

func TestAFailedReadIsNotShared(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.distribute(nil)
		s.sim.Faults().Add(fault.Fault{Operation: "GetDistribution", Kind: fault.ServerFail, Count: 1})
		if _, err := s.client.Distribution(s.Context(), id, s.now()); !errors.Is(err, awsapi.ErrAmbiguous) {
			s.Errorf("answered %v", err)
		}
		if d := s.read(id); d.ID != id {
			s.Errorf("read %+v", d)
		}
	})
}

// No answer from before a write of this process is shared after it, about either
// side, however old an answer the reader would put up with, and whether or not the
// answer to the write got lost.
func TestNoAnswerIsSharedAcrossAWriteOfThisProcess(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		inBubble(t, func(s *site) {
			blue, green := s.distribute(nil, www), s.distribute(nil)
			s.settle()
			s.read(blue)
			to := s.read(green)
			if lost {
				s.sim.Faults().Add(fault.Fault{Operation: "UpdateDomainAssociation", When: fault.AfterEffect, Kind: fault.Cut, Count: 1})
			}
			err := s.client.MoveDomain(s.Context(), www, to)
			if lost != errors.Is(err, awsapi.ErrAmbiguous) || !lost && err != nil {
				s.Fatalf("moved: %v", err)
			}
			for id, want := range map[string][]string{blue: nil, green: {www}} {
				d, err := s.client.Distribution(s.Context(), id, time.Time{})
				if err != nil || !slices.Equal(d.Aliases, want) {
					s.Errorf("right after the move %s shows %v (%v), want %v", id, d.Aliases, err, want)
				}
			}
		})
	}
}

// A read that was answered before a write and arrives after it is of yesterday.
func TestAnAnswerOvertakenByAWriteIsNotShared(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		blue, green := s.distribute(nil, www), s.distribute(nil)
		s.settle()
		to := s.read(green)
		s.pass(time.Minute)
		answered, deliver := make(chan struct{}), make(chan struct{})
		var once sync.Once
		s.via.hold = func(r *http.Request) {
			if strings.HasSuffix(r.URL.Path, blue) {
				once.Do(func() { close(answered); <-deliver })
			}
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			d, err := s.client.Distribution(s.Context(), blue, s.now())
			if err != nil || !slices.Equal(d.Aliases, []string{www}) {
				s.Errorf("the slow reader sees %v (%v); the test is void", d.Aliases, err)
			}
		})
		<-answered
		s.must(s.client.MoveDomain(s.Context(), www, to))
		s.pass(time.Second)
		close(deliver)
		wg.Wait()
		if d, err := s.client.Distribution(s.Context(), blue, time.Time{}); err != nil || len(d.Aliases) > 0 {
			s.Errorf("after the move %v (%v) is shared", d.Aliases, err)
		}
	})
}

func TestWaitingForSomebodyElsesReadEndsWithTheContext(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.distribute(nil)
		asked, deliver := make(chan struct{}), make(chan struct{})
		var once sync.Once
		s.via.hold = func(*http.Request) { once.Do(func() { close(asked); <-deliver }) }
		var wg sync.WaitGroup
		wg.Go(func() { s.read(id) })
		<-asked
		ctx, cancel := context.WithTimeout(s.Context(), time.Second)
		defer cancel()
		began := s.now()
		if _, err := s.client.Distribution(ctx, id, s.now()); !errors.Is(err, context.DeadlineExceeded) || s.now().Sub(began) != time.Second {
			s.Errorf("ended after %s: %v", s.now().Sub(began), err)
		}
		close(deliver)
		wg.Wait()
	})
}

func TestTheWriteQueueLetsOneInAtATime(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		inside, total := map[string]int{}, 0
		var mu sync.Mutex
		enter := func(id string, by int) int {
			mu.Lock()
			defer mu.Unlock()
			inside[id] += by
			total += max(by, 0)
			return inside[id]
		}
		began := s.now()
		var wg sync.WaitGroup
		for i := range 20 {
			id := fmt.Sprint("E", i%2)
			wg.Go(func() {
				err := s.client.Exclusive(s.Context(), id, func() error {
					if n := enter(id, 1); n != 1 {
						s.Errorf("%d in the queue of %s at once", n, id)
					}
					s.pass(time.Second)
					enter(id, -1)
					return nil
				})
				if err != nil {
					s.Error(err)
				}
			})
		}
		wg.Wait()
		if took := s.now().Sub(began); total != 20 || took != 10*time.Second {
			s.Errorf("%d got in within %s, want 20 within 10s: two queues of ten", total, took)
		}
	})
}

func TestTheWriteQueueHonoursTheContext(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		entered, leave := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = s.client.Exclusive(s.Context(), "E1", func() error { close(entered); <-leave; return nil })
		})
		<-entered
		ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
		defer cancel()
		began := s.now()
		err := s.client.Exclusive(ctx, "E1", func() error { s.Error("got in"); return nil })
		if !errors.Is(err, context.DeadlineExceeded) || s.now().Sub(began) != time.Minute {
			s.Errorf("gave up after %s: %v", s.now().Sub(began), err)
		}
		close(leave)
		wg.Wait()
		for range 50 { // a free queue and an ended context: never by chance
			if err := s.client.Exclusive(cancelled(s.Context()), "E1", func() error { s.Error("got in although its context had ended"); return nil }); !errors.Is(err, context.Canceled) {
				s.Fatal(err)
			}
		}
		boom := errors.New("boom")
		if err := s.client.Exclusive(s.Context(), "E1", func() error { return boom }); !errors.Is(err, boom) {
			s.Errorf("answered %v", err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = s.client.Exclusive(s.Context(), "E1", func() error { panic("boom") })
		}()
		if err := s.client.Exclusive(s.Context(), "E1", func() error { return nil }); err != nil {
			s.Errorf("the queue is stuck after a panic: %v", err)
		}
	})
}

// With throttling in the way the readers wait for each other while the SDK backs
// off; a lock they cannot leave would stop the clock.
func TestReadersGetThroughWhileAWSThrottles(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.distribute(nil)
		patient := s.config(ours, s.sim.Transport())
		patient.RetryMaxAttempts = 3
		client := cloudfrontapi.New(patient, "", clockOf(s))
		s.sim.Faults().Add(fault.Fault{Operation: "GetDistribution", Kind: fault.Throttle, Count: 2})
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, err := client.Distribution(s.Context(), id, s.now()); err != nil {
					s.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

func TestMoveDomainIsConditionalOnTheTarget(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		blue, green := s.distribute(nil, www), s.distribute(nil)
		s.settle()
		seen := s.read(green)
		s.edit(green, func(c *types.DistributionConfig) { c.Comment = aws.String("edited") })
		err := s.client.MoveDomain(s.Context(), www, seen)
		if !errors.Is(err, awsapi.ErrStale) || !awsapi.Transient(err) {
			s.Errorf("a move on an old ETag: %v", err)
		}
		if d := s.read(blue); !owns(d, www) {
			s.Error("it moved all the same")
		}
		s.must(s.client.MoveDomain(s.Context(), www, s.read(green)))
		if b, g := s.read(blue), s.read(green); owns(b, www) || !owns(g, www) {
			s.Errorf("blue has %v, green has %v", b.Aliases, g.Aliases)
		}
		calls := s.calls(0, "UpdateDomainAssociation")
		if len(calls) != 2 || calls[0].IfMatch != seen.ETag {
			s.Errorf("called %+v", calls)
		}
	})
}

func TestARefusedMoveSaysWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		turn  func(*knob.Knobs)
		alias string
		want  error
	}{
		{"not covered", nil, "www.example.org", awsapi.ErrRefused},
		{"nobody has it", nil, "new.example.com", awsapi.ErrNotFound},
		{"target in progress, as precondition", func(k *knob.Knobs) { k.RefuseMoveInProgress = "PreconditionFailed" }, www, awsapi.ErrStale},
		{"target in progress, as illegal", func(k *knob.Knobs) { k.RefuseMoveInProgress = "IllegalUpdate" }, www, awsapi.ErrRefused},
		{"source enabled", func(k *knob.Knobs) { k.SourceMustBeDisabled = true }, www, awsapi.ErrRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(s *site) {
				s.distribute(nil, www)
				green := s.distribute(nil)
				if c.turn != nil {
					s.sim.Turn(c.turn)
				}
				if err := s.client.MoveDomain(s.Context(), c.alias, s.read(green)); !errors.Is(err, c.want) {
					s.Errorf("answered %v, want %v", err, c.want)
				}
			})
		})
	}
}

func TestSettlingIsForNamesAlone(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		blue, green := s.distribute(nil, www), s.distribute(nil, "a.example.com")
		if d := s.read(green); d.Deployed || d.Settling {
			s.Error("a distribution that nobody has ever seen deployed settles")
		}
		s.settle()
		s.read(blue)
		s.must(s.client.MoveDomain(s.Context(), www, s.read(green)))
		for _, id := range []string{blue, green} {
			if d := s.read(id); d.Deployed || !d.Settling {
				s.Errorf("%s, which a name came to or left, is %+v", id, d)
			}
		}
		other := s.process()
		if d, err := other.Distribution(s.Context(), green, s.now()); err != nil || d.Settling {
			s.Errorf("another process, which never saw it deployed, takes it for settling (%v)", err)
		}
		comment := func(text string) func(*types.DistributionConfig) {
			return func(c *types.DistributionConfig) { c.Comment = aws.String(text) }
		}
		s.edit(green, comment("another configuration"))
		if d := s.read(green); d.Settling {
			s.Error("another configuration on its way passes for a name")
		}
		s.edit(green, comment(""))
		if d := s.read(green); d.Settling {
			s.Error("going back to the deployed configuration is one more change on its way")
		}
		s.settle()
		if d := s.read(green); !d.Deployed || d.Settling {
			s.Errorf("in the end: %+v", d)
		}
	})
}

func TestTheFingerprintIsOfWhatIsServed(t *testing.T) {
	t.Parallel()
	behaviours := func(items ...types.CacheBehavior) *types.CacheBehaviors {
		return &types.CacheBehaviors{Quantity: aws.Int32(int32(len(items))), Items: items} //nolint:gosec // a handful
	}
	two := func(c *types.DistributionConfig) {
		second := c.Origins.Items[0]
		second.Id, second.OriginPath = aws.String("second"), aws.String("/v2")
		c.Origins = &types.Origins{Quantity: aws.Int32(2), Items: []types.Origin{c.Origins.Items[0], second}}
		behaviour := func(path, origin string) types.CacheBehavior {
			return types.CacheBehavior{
				PathPattern: aws.String(path), TargetOriginId: aws.String(origin), ViewerProtocolPolicy: types.ViewerProtocolPolicyAllowAll,
				CachePolicyId: c.DefaultCacheBehavior.CachePolicyId,
			}
		}
		c.CacheBehaviors = behaviours(behaviour("/a*", "origin"), behaviour("/ab", "second"))
		members, codes := &types.OriginGroupMembers{}, &types.StatusCodes{}
		members.Quantity, members.Items = counted(types.OriginGroupMember{OriginId: aws.String("origin")}, types.OriginGroupMember{OriginId: aws.String("second")})
		codes.Quantity, codes.Items = counted[int32](502)
		c.OriginGroups = &types.OriginGroups{}
		c.OriginGroups.Quantity, c.OriginGroups.Items = counted(types.OriginGroup{Id: aws.String("group"), Members: members, FailoverCriteria: &types.OriginGroupFailoverCriteria{StatusCodes: codes}})
	}
	for _, c := range []struct {
		name string
		edit func(*types.DistributionConfig)
		same bool
	}{
		{"other names", func(c *types.DistributionConfig) { c.Aliases = named([]string{www}) }, true},
		{"origins listed in another order", func(c *types.DistributionConfig) { slices.Reverse(c.Origins.Items) }, true},
		{"disabled", func(c *types.DistributionConfig) { c.Enabled = aws.Bool(false) }, false},
		{"another comment", func(c *types.DistributionConfig) { c.Comment = aws.String("x") }, false},
		{"origins that swapped their paths", func(c *types.DistributionConfig) {
			a, b := &c.Origins.Items[0], &c.Origins.Items[1]
			a.OriginPath, b.OriginPath = b.OriginPath, a.OriginPath
		}, false},
		{"behaviours that swapped their origins", func(c *types.DistributionConfig) {
			a, b := &c.CacheBehaviors.Items[0], &c.CacheBehaviors.Items[1]
			a.TargetOriginId, b.TargetOriginId = b.TargetOriginId, a.TargetOriginId
		}, false},
		{"behaviours tried in another order", func(c *types.DistributionConfig) { slices.Reverse(c.CacheBehaviors.Items) }, false},
		{"an origin group with another primary", func(c *types.DistributionConfig) { slices.Reverse(c.OriginGroups.Items[0].Members.Items) }, false},
		{"one behaviour fewer", func(c *types.DistributionConfig) { c.CacheBehaviors = behaviours(c.CacheBehaviors.Items[0]) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(s *site) {
				id := s.distribute(two)
				before := s.read(id)
				s.edit(id, c.edit)
				after := s.read(id)
				if after.ETag == before.ETag {
					s.Fatal("nothing changed; the test is void")
				}
				if same := before.Fingerprint == after.Fingerprint; same != c.same {
					s.Errorf("same fingerprint: %v, want %v", same, c.same)
				}
			})
		})
	}
}

func TestOwnerFindsWhoHasExactlyTheName(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		ours := s.distribute(nil)
		third := s.distribute(nil, www)
		wild := s.distribute(nil, "*.example.com")
		for name, want := range map[string]string{
			www:                 third, // and not the wildcard over it
			"*.example.com":     wild,  // and not the names under it
			"other.example.com": "",    // a wildcard over it is no owner
			"example.com":       "",
		} {
			if got, err := s.client.Owner(s.Context(), ours, name); err != nil || got != want {
				s.Errorf("%s belongs to %q (%v), want %q", name, got, err, want)
			}
		}
		if _, err := s.client.Owner(s.Context(), ours, "www.example.org"); !errors.Is(err, awsapi.ErrRefused) {
			s.Errorf("a name that our certificate does not cover: %v", err)
		}
		if _, err := s.client.Owner(s.Context(), "E1NOTHERE", www); !errors.Is(err, awsapi.ErrNotFound) {
			s.Errorf("a distribution that does not exist vouches: %v", err)
		}
	})
}

func TestOwnerLooksThroughEveryPage(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		first := s.distribute(nil, "first.example.com")
		for range 120 {
			s.distribute(nil)
		}
		last := s.distribute(nil, "last.example.com")
		for name, want := range map[string]string{"first.example.com": first, "last.example.com": last} {
			if got, err := s.client.Owner(s.Context(), first, name); err != nil || got != want {
				s.Errorf("%s belongs to %q (%v), want %q", name, got, err, want)
			}
		}
		if n := len(s.calls(0, "ListDistributions")); n != 2 {
			s.Errorf("%d pages were read, want the two of the account once for both names", n)
		}
		moved := s.distribute(nil, "later.example.com") // by somebody else: known after a while
		_ = clock.System{}.Sleep(s.Context(), time.Minute+time.Nanosecond)
		if got, err := s.client.Owner(s.Context(), first, "later.example.com"); err != nil || got != moved {
			s.Errorf("a name of later belongs to %q (%v), want %q", got, err, moved)
		}
	})
}

// AWS masks the first half of an id. What completes it is a list, which some may
// not read; any other failure to read it is a failure and no owner.
func TestAnOwnerThatCannotBeLookedUpStaysMasked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault *fault.Fault
		want  error
	}{
		{"denied", nil, nil},
		{"throttled", &fault.Fault{Kind: fault.Throttle}, awsapi.ErrThrottled},
		{"cut off", &fault.Fault{Kind: fault.Cut}, awsapi.ErrAmbiguous},
		{"credentials expired meanwhile", &fault.Fault{Kind: fault.Answer, Code: "ExpiredToken", Status: 403}, awsapi.ErrCredentials},
		{"refused", &fault.Fault{Kind: fault.Answer, Code: "InvalidArgument", Status: 400}, awsapi.ErrRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(s *site) {
				ours, third := s.distribute(nil), s.distribute(nil, www)
				if c.fault != nil {
					c.fault.Operation = "ListDistributions"
					s.sim.Faults().Add(*c.fault)
				} else {
					s.sim.Allow("cloudfront:ListDomainConflicts", "cloudfront:GetDistribution")
				}
				got, err := s.client.Owner(s.Context(), ours, www)
				if c.want != nil {
					if !errors.Is(err, c.want) || got != "" {
						s.Errorf("answered %q, %v, want %v", got, err, c.want)
					}
					return
				}
				if err != nil || got == third || !strings.HasPrefix(got, "***") || !strings.HasSuffix(got, third[len(third)/2:]) {
					s.Errorf("answered %q, %v, want %s masked", got, err, third)
				}
			})
		})
	}
}
