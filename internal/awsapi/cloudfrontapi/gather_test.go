package cloudfrontapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
)

const disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" // the managed cache policy CachingDisabled

// switched is a distribution with two origins and a number of behaviours, all at blue.
func (s *site) switched(behaviors int) string {
	s.Helper()
	return s.distribute(func(c *types.DistributionConfig) {
		origin := c.Origins.Items[0]
		for _, id := range []string{"blue", "green"} {
			origin.Id, origin.DomainName = aws.String(id), aws.String(id+".example.net")
			c.Origins.Items = append(c.Origins.Items, origin)
		}
		c.Origins.Quantity = aws.Int32(3)
		c.CacheBehaviors = &types.CacheBehaviors{Quantity: aws.Int32(int32(behaviors))} //nolint:gosec // a handful
		for i := range behaviors {
			c.CacheBehaviors.Items = append(c.CacheBehaviors.Items, types.CacheBehavior{
				PathPattern: aws.String(fmt.Sprintf("b%d/*", i)), TargetOriginId: aws.String("blue"), ViewerProtocolPolicy: types.ViewerProtocolPolicyHttpsOnly, CachePolicyId: aws.String(disabled),
			})
		}
	})
}

func targetOf(behavior int) cloudfrontapi.Field {
	return cloudfrontapi.Field{Name: cloudfrontapi.FieldTargetOrigin, Behavior: fmt.Sprintf("/b%d/*", behavior)}
}

// to is an edit that gives a behaviour another origin.
func to(behavior int, origin string) cloudfrontapi.Edit {
	return cloudfrontapi.Edit{Decide: func(_ context.Context, now cloudfrontapi.Distribution) ([]cloudfrontapi.FieldChange, error) {
		is, f := now.Fields(), targetOf(behavior)
		if is[f].Text == origin {
			return nil, nil
		}
		return []cloudfrontapi.FieldChange{{Field: f, From: is[f], To: cloudfrontapi.FieldValue{Text: origin}}}, nil
	}}
}

// together edits many behaviours, each from its own goroutine.
func (s *site) together(id string, edits ...cloudfrontapi.Edit) (written []cloudfrontapi.Written, errs []error) {
	written, errs = make([]cloudfrontapi.Written, len(edits)), make([]error, len(edits))
	var wg sync.WaitGroup
	for i, e := range edits {
		wg.Go(func() { written[i], errs[i] = s.client.Edit(s.Context(), id, e) })
	}
	wg.Wait()
	return written, errs
}

func (s *site) targets(id string, behaviors int) string {
	s.Helper()
	fields := s.read(id).Fields()
	var out []string
	for i := range behaviors {
		out = append(out, fields[targetOf(i)].Text)
	}
	return strings.Join(out, " ")
}

func TestTwentyEditsOfOneDistributionAreOneWrite(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.switched(20)
		before, began := s.sim.Journal().Seq(), s.now()
		var edits []cloudfrontapi.Edit
		for i := range 20 {
			edits = append(edits, to(i, "green"))
		}
		written, errs := s.together(id, edits...)
		if err := errors.Join(errs...); err != nil {
			s.Fatal(err)
		}
		for i, w := range written {
			if w.With != 20 || w.At.Sub(began) != 2*time.Second {
				s.Errorf("%d: %+v, want 20 within 2 s", i, w)
			}
		}
		if n := len(s.calls(before, "UpdateDistribution")); n != 1 {
			s.Errorf("%d writes", n)
		}
		if got, want := s.targets(id, 20), strings.TrimSpace(strings.Repeat("green ", 20)); got != want {
			s.Errorf("the behaviours are at %s", got)
		}
	})
}

// Whoever comes within two seconds of the last one is waited for, but for ten seconds at most.
func TestABatchIsGatheredForAsLongAsItIsSet(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.switched(12)
		for _, c := range []struct {
			name   string
			set    cloudfrontapi.Gathering
			origin string
			writes int
		}{
			{"one a second for twelve seconds", cloudfrontapi.DefaultGathering, "green", 2},
			{"nobody waits", cloudfrontapi.Gathering{}, "blue", 12},
			{"and for longer", cloudfrontapi.Gathering{Quiet: 2 * time.Second, Longest: time.Minute}, "origin", 1},
		} {
			s.client.Gather(c.set)
			before := s.sim.Journal().Seq()
			var wg sync.WaitGroup
			for i := range 12 {
				wg.Go(func() {
					s.pass(time.Duration(i) * time.Second)
					if _, err := s.client.Edit(s.Context(), id, to(i, c.origin)); err != nil {
						s.Error(err)
					}
				})
			}
			wg.Wait()
			if n := len(s.calls(before, "UpdateDistribution")); n != c.writes {
				s.Errorf("%s: %d writes, want %d", c.name, n, c.writes)
			}
		}
	})
}

func TestOfABatchThatIsRefusedTheCulpritAloneFails(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.switched(4)
		before := s.sim.Journal().Seq()
		_, errs := s.together(id, to(0, "green"), to(1, "nowhere"), to(2, "green"), to(3, "green"))
		for i, err := range errs {
			if culprit := i == 1; culprit != errors.Is(err, awsapi.ErrRefused) || !culprit && err != nil {
				s.Errorf("%d: %v", i, err)
			}
		}
		if got := s.targets(id, 4); got != "green blue green green" {
			s.Errorf("the behaviours are at %s", got)
		}
		if n := len(s.calls(before, "UpdateDistribution")); n != 5 {
			s.Errorf("%d writes, want one and then one for each", n)
		}
	})
}

func TestAnEditThatHasBecomeWrongLeavesItsBatch(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.switched(3)
		boom := errors.New("boom")
		wrong := cloudfrontapi.Edit{Decide: func(context.Context, cloudfrontapi.Distribution) ([]cloudfrontapi.FieldChange, error) {
			return nil, boom
		}}
		stale := cloudfrontapi.Edit{Decide: func(context.Context, cloudfrontapi.Distribution) ([]cloudfrontapi.FieldChange, error) {
			return []cloudfrontapi.FieldChange{{Field: targetOf(2), From: cloudfrontapi.FieldValue{Text: "of yesterday"}, To: cloudfrontapi.FieldValue{Text: "green"}}}, nil
		}}
		gone := cloudfrontapi.Edit{Decide: func(context.Context, cloudfrontapi.Distribution) ([]cloudfrontapi.FieldChange, error) {
			return []cloudfrontapi.FieldChange{{Field: targetOf(9), To: cloudfrontapi.FieldValue{Text: "green"}}}, nil
		}}
		before := s.sim.Journal().Seq()
		written, errs := s.together(id, to(0, "green"), wrong, stale, gone, to(1, "blue"))
		for i, want := range []error{nil, boom, awsapi.ErrStale, awsapi.ErrNotFound, nil} {
			if !errors.Is(errs[i], want) || written[i].At.IsZero() != (i != 0) {
				s.Errorf("%d: %+v %v, want %v", i, written[i], errs[i], want)
			}
		}
		if got := s.targets(id, 3); got != "green blue blue" {
			s.Errorf("the behaviours are at %s", got)
		}
		if n := len(s.calls(before, "UpdateDistribution")); n != 1 {
			s.Errorf("%d writes", n)
		}
	})
}

func TestTwoEditsOfOneFieldContradictEachOther(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.switched(1)
		_, errs := s.together(id, to(0, "green"), to(0, "origin"))
		var contradicted int
		for _, err := range errs {
			if _, ok := errors.AsType[*cloudfrontapi.Contradiction](err); ok {
				contradicted++
			} else if err != nil {
				s.Error(err)
			}
		}
		if contradicted != 1 {
			s.Errorf("%d contradictions: %v", contradicted, errs)
		}
	})
}

// Somebody else writes between our read and our write: everybody decides again.
func TestABatchIsDecidedAgainWhenSomebodyWasFirst(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.switched(3)
		asked := 0
		s.via.hold = func(r *http.Request) {
			if asked++; r.Method == http.MethodGet && asked == 1 {
				s.edit(id, func(c *types.DistributionConfig) { c.CacheBehaviors.Items[1].TargetOriginId = aws.String("green") })
			}
		}
		decisions := 0
		counted := to(0, "green")
		decide := counted.Decide
		counted.Decide = func(ctx context.Context, now cloudfrontapi.Distribution) ([]cloudfrontapi.FieldChange, error) {
			decisions++
			return decide(ctx, now)
		}
		_, errs := s.together(id, counted, to(1, "green"), to(2, "green"))
		if err := errors.Join(errs...); err != nil {
			s.Fatal(err)
		}
		if got := s.targets(id, 3); got != "green green green" || decisions < 2 {
			s.Errorf("the behaviours are at %s after %d decisions", got, decisions)
		}
	})
}

func TestWhoeverIsInterruptedLeavesAndTakesNobodyAlong(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.switched(3)
		first, stop := context.WithCancel(s.Context())
		var wg sync.WaitGroup
		var left error
		wg.Go(func() { _, left = s.client.Edit(first, id, to(0, "green")) })
		s.pass(time.Second)
		var errs [2]error
		for i := range errs {
			wg.Go(func() { _, errs[i] = s.client.Edit(s.Context(), id, to(i+1, "green")) })
		}
		s.pass(time.Second)
		stop()
		wg.Wait()
		if !errors.Is(left, context.Canceled) || errors.Join(errs[:]...) != nil {
			s.Errorf("left with %v, the others with %v", left, errs)
		}
		if got := s.targets(id, 3); got != "blue green green" {
			s.Errorf("the behaviours are at %s", got)
		}
		if _, err := s.client.Edit(first, id, to(0, "green")); !errors.Is(err, context.Canceled) {
			s.Errorf("an edit whose context had ended: %v", err)
		}
	})
}

// What became of a write that is on its way is to be known, whoever is told to stop.
func TestAnEditThatIsBeingWrittenIsWaitedFor(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.switched(2)
		ctx, stop := context.WithCancel(s.Context())
		s.via.hold = func(r *http.Request) {
			if r.Method == http.MethodPut {
				stop()
				s.pass(time.Second)
			}
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if w, err := s.client.Edit(ctx, id, to(0, "green")); err != nil || w.At.IsZero() {
				s.Errorf("%+v %v", w, err)
			}
		})
		wg.Go(func() {
			if _, err := s.client.Edit(s.Context(), id, to(1, "green")); err != nil {
				s.Error(err)
			}
		})
		wg.Wait()
	})
}

func TestAnEditThatMayBeRefusedForAWhileGoesAlone(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.switched(3)
		alone := to(0, "nowhere")
		alone.Alone = true
		before := s.sim.Journal().Seq()
		written, errs := s.together(id, alone, to(1, "green"), to(2, "green"))
		if !errors.Is(errs[0], awsapi.ErrRefused) || errs[1] != nil || errs[2] != nil || written[1].With != 2 {
			s.Errorf("%+v %v", written, errs)
		}
		if n := len(s.calls(before, "UpdateDistribution")); n != 2 {
			s.Errorf("%d writes, want one alone and one for the others", n)
		}
	})
}

func TestAnEditDoesNotOvertakeTheWriteQueue(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.switched(2)
		var wg sync.WaitGroup
		entered := make(chan struct{})
		wg.Go(func() {
			s.must(s.client.Exclusive(s.Context(), id, func() error { close(entered); s.pass(time.Minute); return nil }))
		})
		<-entered
		began := s.now()
		for i := range 2 {
			wg.Go(func() {
				s.pass(time.Duration(i) * 30 * time.Second) // the second comes while the first waits
				if w, err := s.client.Edit(s.Context(), id, to(i, "green")); err != nil || w.With != 2 || w.At.Sub(began) != time.Minute {
					s.Errorf("%d: %+v after %s: %v", i, w, w.At.Sub(began), err)
				}
			})
		}
		wg.Wait()
	})
}

// Everything that no change names is afterwards what it was before, element for element.
func TestAnEditLeavesEverythingElse(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.switched(2)
		s.edit(id, func(c *types.DistributionConfig) {
			c.DefaultRootObject = aws.String("index.html")
			c.CacheBehaviors.Items[0].LambdaFunctionAssociations = &types.LambdaFunctionAssociations{Quantity: aws.Int32(2), Items: []types.LambdaFunctionAssociation{
				{EventType: types.EventTypeViewerRequest, LambdaFunctionARN: aws.String("arn:aws:lambda:us-east-1:123456789012:function:auth:3"), IncludeBody: aws.Bool(true)},
				{EventType: types.EventTypeOriginRequest, LambdaFunctionARN: aws.String("arn:aws:lambda:us-east-1:123456789012:function:shop:1"), IncludeBody: aws.Bool(false)},
			}}
		})
		_, before := s.document(id)
		lambda := func(behavior, event string) cloudfrontapi.Field {
			return cloudfrontapi.Field{Name: cloudfrontapi.FieldLambda, Behavior: behavior, Event: event}
		}
		shop := "arn:aws:lambda:us-east-1:123456789012:function:shop:"
		asked := map[cloudfrontapi.Field]cloudfrontapi.FieldValue{
			targetOf(1):                       {Text: "green"},
			lambda("/b0/*", "origin-request"): {Text: shop + "2"},
			lambda(cloudfrontapi.DefaultBehavior, "origin-response"):                        {Text: shop + "2"},
			{Name: cloudfrontapi.FieldOriginPath, Origin: "blue"}:                           {Text: "/v2"},
			{Name: cloudfrontapi.FieldOriginDomain, Origin: "green"}:                        {Text: "greener.example.net"},
			{Name: cloudfrontapi.FieldRootObject}:                                           {Text: "new.html"},
			{Name: cloudfrontapi.FieldResponseHeadersPolicy, Behavior: "/b0/*"}:             {Text: "67f7725c-6f97-4210-82d7-5512b31e9d03"},
			{Name: cloudfrontapi.FieldCachePolicy, Behavior: cloudfrontapi.DefaultBehavior}: {Text: "658327ea-f89d-4fab-a63d-7e88639e58f6"},
		}
		give := func(want map[cloudfrontapi.Field]cloudfrontapi.FieldValue) {
			_, err := s.client.Edit(s.Context(), id, cloudfrontapi.Edit{Decide: func(_ context.Context, now cloudfrontapi.Distribution) (out []cloudfrontapi.FieldChange, _ error) {
				is := now.Fields()
				for f, v := range want {
					out = append(out, cloudfrontapi.FieldChange{Field: f, From: is[f], To: v})
				}
				return out, nil
			}})
			s.must(err)
		}
		was := s.read(id).Fields()
		give(asked)
		d := s.read(id)
		for f, v := range d.Fields() {
			if want, ok := asked[f]; ok && v != want || !ok && v != was[f] {
				s.Errorf("%+v is %+v", f, v)
			}
		}
		back := map[cloudfrontapi.Field]cloudfrontapi.FieldValue{}
		for f := range asked {
			back[f] = was[f]
		}
		give(back)
		if _, after := s.document(id); after != before {
			s.Errorf("there and back again:\n%s\nbefore:\n%s", after, before)
		}
		if got := d.OriginUsers(); fmt.Sprint(got) != "map[blue:[/b0/*] green:[/b1/*] origin:[default]]" {
			s.Errorf("the origins are used by %v", got)
		}
		if got := d.BehaviorOrder(); fmt.Sprint(got) != "[/b0/* /b1/*]" {
			s.Errorf("the order is %v", got)
		}
	})
}

func TestAnEditRefusesToDropWhatThisBuildDoesNotKnow(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.switched(1)
		s.rewrite(id, func(doc string) string {
			return strings.Replace(doc, "<PathPattern>b0/*</PathPattern>", "<PathPattern>b0/*</PathPattern><Telepathy>on</Telepathy>", 1)
		})
		before := s.sim.Journal().Seq()
		if _, err := s.client.Edit(s.Context(), id, to(0, "green")); !errors.Is(err, awsapi.ErrUnknownElement) || !strings.Contains(err.Error(), "Telepathy") {
			s.Errorf("answered %v", err)
		}
		if n := len(s.calls(before, "UpdateDistribution")); n != 0 {
			s.Errorf("%d writes", n)
		}
	})
}
