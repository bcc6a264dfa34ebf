package behaviorswitch_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/picture"
)

var browsers = flag.Int("browsers", 12, "how many browsers load pages, each from another edge location, over and over")

const (
	bucket = "releases"
	// later is how long after a page somebody wants one of its parts, which is loaded then.
	// There are so many of them that no location holds all.
	later, parts = 20 * time.Second, 40
)

// deliver puts releases 41 and 42 into a bucket, each under a prefix of its own: a document
// and its assets, whose names have the release in them. both: each prefix has the assets of
// both releases.
func (s shop) deliver(t *testing.T, both bool) {
	t.Helper()
	ctx := context.Background()
	client := s3.NewFromConfig(aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: s.World.Transport()}, Credentials: credentials.NewStaticCredentialsProvider("AKIDBYHAND", "secret", ""),
	})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(bucket)})
	must(err)
	_, err = client.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: aws.String(bucket)})
	must(err)
	policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Principal": "*", "Action": []string{"s3:GetObject", "s3:ListBucket"}, "Resource": []string{"arn:aws:s3:::" + bucket, "arn:aws:s3:::" + bucket + "/*"},
	}}})
	must(err)
	_, err = client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String(bucket), Policy: aws.String(string(policy))})
	must(err)
	put := func(key, body, keep string) {
		_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String(key), Body: strings.NewReader(body), CacheControl: aws.String(keep)})
		must(err)
	}
	releases := []string{"41", "42"}
	for _, prefix := range releases {
		put(prefix+"/index.html", "release "+prefix+": "+strings.Join(assets(prefix), " "), "max-age=60")
		for _, release := range releases {
			if both || release == prefix {
				for _, asset := range assets(release) {
					put(prefix+asset, "of release "+release, "max-age=31536000, immutable")
				}
			}
		}
	}
	s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) {
		from := func(release string) cftypes.Origin {
			o := c.Origins.Items[0]
			o.Id, o.DomainName, o.OriginPath = aws.String("release-"+release), aws.String(bucket+".s3.us-east-1.amazonaws.com"), aws.String("/"+release)
			o.CustomOriginConfig, o.S3OriginConfig = nil, &cftypes.S3OriginConfig{OriginAccessIdentity: aws.String("")}
			return o
		}
		c.Origins = &cftypes.Origins{Quantity: aws.Int32(2), Items: []cftypes.Origin{from("41"), from("42")}}
		c.DefaultRootObject, c.DefaultCacheBehavior.TargetOriginId, c.CacheBehaviors = aws.String("index.html"), aws.String("release-41"), behaviors("/assets/*")
		c.CacheBehaviors.Items[0].TargetOriginId = aws.String("release-41")
	})
	s.Settle()
}

// assets are the paths that the page of a release names: what it begins with, and its parts.
func assets(release string) []string {
	out := []string{"/assets/app." + release + ".js"}
	for i := range parts {
		out = append(out, fmt.Sprintf("/assets/part%d.%s.js", i, release))
	}
	return out
}

// release is a configuration that has one release served.
func (s shop) release(live string) acctest.Config {
	c := s.toward(live, "default", "/assets/*")
	c["sides"] = map[string]any{"41": map[string]any{"origin_id": "release-41"}, "42": map[string]any{"origin_id": "release-42"}}
	return c
}

var named = regexp.MustCompile(`^release (\d+): (.+)$`)

// A browser loads the page from one edge location.
type browser struct {
	shop
	client *http.Client
	at     int
}

func (b browser) get(path string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://www.example.com"+path, nil)
	if err != nil {
		return 0, "", err
	}
	req.Header.Set(edge.POPHeader, strconv.Itoa(b.at))
	resp, err := b.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	raw, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode, string(raw), err
}

// load loads the document, then what it begins with and later one of its parts, and says of which release it was and what of
// it was broken.
func (b browser) load(part int) (release, broken string) {
	status, page, err := b.get("/")
	m := named.FindStringSubmatch(page)
	if err != nil || status != http.StatusOK || m == nil {
		return "", fmt.Sprintf("/: %d %q %v", status, page, err)
	}
	all := strings.Fields(m[2])
	for i, asset := range []string{all[0], all[1+part%parts]} {
		if i > 0 {
			_ = clock.System{}.Sleep(context.Background(), later)
		}
		if status, body, err := b.get(asset); err != nil || status != http.StatusOK || body != "of release "+m[1] {
			return m[1], fmt.Sprintf("%s: %d %v", asset, status, err)
		}
	}
	return m[1], ""
}

// A load is what a browser got.
type load struct {
	at              time.Time // when it began
	release, broken string
}

// loads is what browsers got.
type loads []load

// count counts those of a kind.
func (l loads) count(is func(load) bool) (n int) {
	for _, x := range l {
		if is(x) {
			n++
		}
	}
	return n
}

func (x load) isBroken() bool { return x.broken != "" }
func (x load) isOld() bool    { return x.release == "41" }

// visit has browsers at as many edge locations load the page until stopped.
func (s shop) visit(many int) (stop func() loads) {
	ctx, cancel := context.WithCancel(context.Background())
	var out loads
	var mu sync.Mutex
	var coming sync.WaitGroup
	pops := s.World.Propagation().POPs()
	for i := range many {
		b := browser{s, &http.Client{Transport: s.World.Transport()}, i % pops}
		coming.Go(func() {
			_ = clock.System{}.Sleep(ctx, (later+time.Second)*time.Duration(i)/time.Duration(many)) // not all at once
			for part := i; ctx.Err() == nil; part++ {
				began := s.World.Clock().Now()
				release, broken := b.load(part)
				mu.Lock()
				out = append(out, load{began, release, broken})
				mu.Unlock()
				_ = clock.System{}.Sleep(ctx, time.Second)
			}
		})
	}
	return func() loads {
		cancel()
		coming.Wait()
		return out
	}
}

// browse switches from release 41 to 42 while browsers load the page, and says what they got
// meanwhile, and once it had ended.
func (s shop) browse(t *testing.T, both bool, many int) (during, after loads) {
	t.Helper()
	s.deliver(t, both)
	p := core(s.Env)
	mustApply(t, p, s.release("41"))
	stop := s.visit(many)
	_ = clock.System{}.Sleep(context.Background(), time.Minute)
	mustApply(t, p, s.release("42"))
	during = stop()
	stop = s.visit(many)
	_ = clock.System{}.Sleep(context.Background(), 3*time.Minute)
	return during, stop()
}

// The picture of the guide "Switching inside one distribution".
func TestTheGuideShowsWhatAPageLoadGets(t *testing.T) {
	t.Parallel()
	const many, span, until = 60, 10 * time.Second, 280 * time.Second
	chart := picture.Chart{
		Title: "Pages that browsers load while a release becomes another one, with and without the assets of both under each prefix", Width: 760,
		To: until.Minutes(), Axis: "minutes since the switch was written, when a change takes about four to arrive everywhere",
		Legend: []picture.Entry{{Tone: picture.Blue, Text: "of the old release"}, {Tone: picture.Green, Text: "of the new release"}, {Tone: picture.Lost, Text: "broken: an asset is not there"}},
	}
	for _, both := range []bool{false, true} {
		running(t, func(t *testing.T) {
			s := open(t)
			before := s.World.Journal().Seq()
			during, after := s.browse(t, both, many)
			var written time.Time
			for _, w := range s.Writes(before) {
				switch at := w.At; {
				case w.Operation == "UpdateDistribution" && w.Effect:
					written = at
				case w.Operation == "CreateInvalidation":
					chart.Marks = []float64{0, at.Sub(written).Minutes()}
				}
			}
			bars := map[time.Duration]map[picture.Tone]float64{}
			for _, x := range slices.Concat(during, after) {
				at := x.at.Sub(written).Truncate(span)
				if x.at.Before(written) || at >= until {
					continue
				}
				tone := picture.Green
				switch {
				case x.isBroken():
					tone = picture.Lost
				case x.isOld():
					tone = picture.Blue
				}
				if bars[at] == nil {
					bars[at] = map[picture.Tone]float64{}
				}
				bars[at][tone]++
			}
			panel := picture.Panel{Title: "Each prefix has its own assets: pages in 10 s", Tall: 70, Wide: span.Minutes()}
			if both {
				panel.Title = "Each prefix has the assets of both releases: pages in 10 s"
			}
			for _, at := range slices.Sorted(maps.Keys(bars)) {
				panel.Bars = append(panel.Bars, picture.Bar{At: at.Minutes(), Count: bars[at]})
			}
			chart.Panels = append(chart.Panels, panel)
		})
	}
	drawn, err := picture.Draw(t.Context(), chart)
	if err != nil {
		t.Fatal(err)
	}
	golden.File(t, "../../../docs/images/page-loads.svg", drawn[0])
}

// While a release becomes another one under a prefix of its own, no page is broken if each
// prefix has the assets of both, and some are if not. What edge locations hold is gone
// once the switch has ended.
func TestWhatAPageLoadGetsOfASwitchOfPrefixes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ both, regional bool }{
		"each prefix has the assets of both releases":                       {both: true},
		"each prefix has the assets of both releases, with regional caches": {both: true, regional: true},
		"each prefix has its own assets":                                    {},
		"each prefix has its own assets, with regional caches":              {regional: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T) {
				s := open(t)
				if c.regional {
					s.World.Turn(func(k *knob.Knobs) { k.RegionalCaches = 3 })
				}
				during, after := s.browse(t, c.both, *browsers)
				name := fmt.Sprintf("pages loaded from %d edge locations during a switch of prefixes, %s: ", *browsers, name)
				broken := figure.AtMost(name+"broken", float64(during.count(load.isBroken)), "pages", 0)
				if !c.both {
					broken = figure.AtLeast(name+"broken", float64(during.count(load.isBroken)), "pages", 1)
				}
				bounded := []figure.Figure{
					figure.AtLeast(name+"pages", float64(len(during)), "pages", float64(5**browsers)), broken,
					figure.AtMost(name+"broken once it had ended", float64(after.count(load.isBroken)), "pages", 0),
					figure.AtMost(name+"of the old release once it had ended", float64(after.count(load.isOld)), "pages", 0),
				}
				for _, f := range bounded {
					if !f.OK {
						t.Errorf("%s: %g, want %s", f.Name, f.Value, f.Bound)
					}
				}
				figure.Report(t, append(bounded, figure.Plain(name+"of the old release before", float64(during.count(load.isOld)), "pages"))...)
				if t.Failed() {
					t.Logf("%+v, then %+v", during, after)
				}
			})
		})
	}
}
