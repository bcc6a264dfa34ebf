//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/kvsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

const (
	splitName = "ordeal"
	// cookie is the one of which the configuration says nothing.
	cookie = "cdn-split"
	// regulars are viewers who come again and again, at any location.
	regulars = 40
)

// splitting sends a share of blue's viewers to another origin and takes them back, half of the
// times by other functions than those before. Edge locations learn of a table one by one, and
// lose sight of the one before meanwhile.
func splitting() scenario {
	return scenario{
		name: "edge split", targets: [2]string{"0", "60"}, sticky: true, patience: 4 * time.Minute,
		prepare: func(ctx context.Context, w *world) error {
			err := w.editDistribution(ctx, w.blue.ID, func(c *cftypes.DistributionConfig) {
				other := c.Origins.Items[0]
				other.Id, other.DomainName = aws.String("other"), aws.String("green.origin.test")
				c.Origins.Items, c.Origins.Quantity = append(c.Origins.Items, other), aws.Int32(2)
			})
			if err != nil {
				return err
			}
			return w.settle(ctx)
		},
		begin: func(_ context.Context, w *world, _ string) error { w.release.Add(1); return nil },
		config: func(w *world, weight string) string {
			return fmt.Sprintf(`resource "cdn_edge_split" "www" {
  name    = %q
  safe    = "blue"
  weight  = %s
  weights = [%s]
  salt    = "%d"
  sides = {
    blue  = { origin_id = "origin", marker = { header = "x-release", value = "blue" } }
    green = { origin_id = "other", marker = { header = "x-release", value = "green" } }
  }
  attach           = { distribution_id = %q, behaviors = ["default"] }
  override         = { header = "x-side", secret = "only-our-testers-know" }
  verify           = { probes = [{ path = "/", scheme = "http" }], interval = "500ms" }
  bake_time        = "1s"
  propagation_wait = "2s"
  timeouts         = { create = "3m", update = "3m", roll_back = "3m" }
}
`, splitName, weight, map[string]string{"0": "", "60": "20, 60"}[weight], w.release.Load()/4, w.blue.ID)
		},
		settled: func(ctx context.Context, w *world, weight string) error {
			table, err := w.table(ctx)
			if err != nil {
				return err
			}
			if got := fmt.Sprint(table.Weights["green"]); got != weight || table.Killed {
				return fmt.Errorf("green is to have %s %%, and the table is %v", weight, table)
			}
			got, err := w.CloudFront.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: aws.String(w.blue.ID)})
			if err != nil {
				return err
			}
			if list := got.DistributionConfig.DefaultCacheBehavior.FunctionAssociations; list == nil || len(list.Items) != 2 {
				return errors.New("the behaviour has not both functions")
			}
			made, err := w.CloudFront.ListFunctions(ctx, &cloudfront.ListFunctionsInput{Stage: cftypes.FunctionStageDevelopment})
			if err == nil && len(made.FunctionList.Items) != 2 {
				err = fmt.Errorf("a split has two functions, and there are %d", len(made.FunctionList.Items))
			}
			return err
		},
	}
}

// stores reach the key value stores of the account.
func (w *world) stores() *kvsapi.Client {
	return kvsapi.New(aws.Config{Region: "us-east-1", Credentials: awscredentials.NewStaticCredentialsProvider(stage.OwnKey, "secret", "")}, w.Control)
}

// value is what the store of the split has, and the store's ARN.
func (w *world) value(ctx context.Context) (string, kvsapi.Value, error) {
	out, err := w.CloudFront.DescribeKeyValueStore(ctx, &cloudfront.DescribeKeyValueStoreInput{Name: aws.String(splitName)})
	if err != nil {
		return "", kvsapi.Value{}, err
	}
	store := aws.ToString(out.KeyValueStore.ARN)
	v, err := w.stores().Get(ctx, store, edgefunction.Key)
	return store, v, err
}

func (w *world) table(ctx context.Context) (edgefunction.Table, error) {
	_, v, err := w.value(ctx)
	if err != nil {
		return edgefunction.Table{}, err
	}
	return edgefunction.ParseTable(v.Text)
}

// weighByHand is somebody who takes most of green's viewers back by a table of their own.
func weighByHand(ctx context.Context, w *world) error {
	return insist(ctx, func() error {
		store, v, err := w.value(ctx)
		if err != nil {
			return err
		}
		t, err := edgefunction.ParseTable(v.Text)
		if err != nil {
			return err
		}
		t.Generation, t.Weights = edgefunction.NextGeneration(t.Generation, clk.Now()), map[string]int{"blue": 95, "green": 5}
		text, err := t.Encode()
		if err != nil {
			return err
		}
		return w.stores().Put(ctx, store, edgefunction.Key, v, text)
	})
}

// An audience are regulars, each with a cookie.
type audience struct {
	next  atomic.Int64
	chair [regulars]regular

	mu      sync.Mutex
	moved   int // by a newer table
	flips   int // by none
	torn    int // answers of another side than the cookie's
	example string
}

// A regular is a viewer with what is known of the side.
type regular struct {
	mu           sync.Mutex // somebody who waits for an answer asks nothing else
	cookie, side string
}

// assigned is the side and the generation of a cookie, "" and 0 before one was decided.
func assigned(cookie string) (side string, generation int64) {
	parts := strings.Split(cookie, ".")
	if len(parts) != 4 {
		return "", 0
	}
	generation, _ = strconv.ParseInt(parts[2], 10, 64) // the edge has read it
	return parts[1], generation
}

// visit lets one of them ask at a point of presence. Nobody changes sides but by a newer table, and
// nobody gets another side's answer than the cookie says.
func (a *audience) visit(pop int, ask func(http.Header) stage.Answer) stage.Answer {
	v := &a.chair[a.next.Add(1)%regulars]
	v.mu.Lock()
	defer v.mu.Unlock()
	header := http.Header{}
	if v.cookie != "" {
		header.Set("Cookie", cookie+"="+v.cookie)
	}
	got := ask(header)
	if got.Err != nil || got.Status != http.StatusOK { // no function runs for an error
		return got
	}
	_, old := assigned(v.cookie)
	for _, c := range (&http.Response{Header: got.Header}).Cookies() {
		if c.Name == cookie {
			v.cookie = c.Value
		}
	}
	says, generation := assigned(v.cookie)
	was, is := v.side, got.Header.Get("X-Release")
	v.side = is
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case says != "" && says != is:
		a.torn++
		a.note("at point of presence %d the cookie says %s, and %s answered", pop, says, is)
	case was != "" && old > 0 && is != was && generation <= old:
		a.flips++
		a.note("at point of presence %d: %s by table %d, then %s by %d", pop, was, old, is, generation)
	case was != "" && is != was:
		a.moved++
	}
	return got
}

func (a *audience) note(format string, args ...any) {
	if a.example == "" {
		a.example = fmt.Sprintf(format, args...)
	}
}

// judged says what became of them.
func (a *audience) judged(r *row) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.flips+a.torn > 0 {
		r.wrong("%d times a viewer changed sides without a newer table, and %d answers were not of the cookie's side; the first: %s", a.flips, a.torn, a.example)
	}
	if a.moved == 0 && r.kills > 0 {
		r.wrong("no viewer ever changed sides: nothing is known about it")
	}
	r.notes = append(r.notes, fmt.Sprintf("%d times a viewer changed sides by a newer table", a.moved))
}
