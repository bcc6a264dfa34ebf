package awssim_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/audit"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const www = "www.example.com"

// now and pass are the time of the test's bubble.
func now() time.Time { return clock.System{}.Now() }

func pass(d time.Duration) { _ = clock.System{}.Sleep(context.Background(), d) }

// account is the AWS SDK pointed at one world.
type account struct {
	*awssim.World
	t      *testing.T
	cf     *cloudfront.Client
	r53    *route53.Client
	acm    *acm.Client
	sts    *sts.Client
	viewer *http.Client
}

func newAccount(t *testing.T, w *awssim.World) *account {
	cfg := aws.Config{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDTEST", "secret", ""),
		HTTPClient: &http.Client{Transport: w.Transport()}, BaseEndpoint: aws.String("https://sim.test"),
	}
	return &account{
		World: w, t: t, cf: cloudfront.NewFromConfig(cfg), r53: route53.NewFromConfig(cfg), acm: acm.NewFromConfig(cfg), sts: sts.NewFromConfig(cfg),
		viewer: &http.Client{Transport: w.Transport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

func must[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// distribution creates one whose only origin is called side+".origin.test".
func (a *account) distribution(side string, aliases ...string) *types.Distribution {
	a.t.Helper()
	cert, err := a.acm.RequestCertificate(a.t.Context(), &acm.RequestCertificateInput{DomainName: aws.String(www), SubjectAlternativeNames: []string{"*.example.com"}})
	must(a.t, cert, err)
	out, err := a.cf.CreateDistribution(a.t.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: &types.DistributionConfig{
		CallerReference: aws.String(side), Comment: aws.String(side), Enabled: aws.Bool(true),
		Aliases: &types.Aliases{Quantity: aws.Int32(int32(len(aliases))), Items: aliases},
		Origins: &types.Origins{Quantity: aws.Int32(1), Items: []types.Origin{{
			Id: aws.String("o"), DomainName: aws.String(side + ".origin.test"),
			CustomOriginConfig: &types.CustomOriginConfig{HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: types.OriginProtocolPolicyHttpsOnly},
		}}},
		DefaultCacheBehavior: &types.DefaultCacheBehavior{
			TargetOriginId: aws.String("o"), ViewerProtocolPolicy: types.ViewerProtocolPolicyRedirectToHttps,
			CachePolicyId: aws.String("4135ea2d-6df8-44a3-9df3-4b5a84be39ad"),
		},
		ViewerCertificate: &types.ViewerCertificate{
			ACMCertificateArn: cert.CertificateArn, SSLSupportMethod: types.SSLSupportMethodSniOnly,
			MinimumProtocolVersion: types.MinimumProtocolVersionTLSv122021,
		},
	}})
	return must(a.t, out, err).Distribution
}

// sure is must for what can only fail if the test is wrong.
func sure[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (a *account) get(ctx context.Context, url string) (status int, side string, err error) {
	req := sure(http.NewRequestWithContext(ctx, http.MethodGet, url, nil))
	resp, err := a.viewer.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body := sure(io.ReadAll(resp.Body))
	var echo origin.Echo
	if json.Unmarshal(body, &echo) == nil {
		side, _, _ = strings.Cut(echo.Domain, ".")
	}
	return resp.StatusCode, side, nil
}

func (a *account) serves(side string) {
	a.t.Helper()
	if status, got, err := a.get(a.t.Context(), "https://"+www+"/"); err != nil || status != 200 || got != side {
		a.t.Errorf("%s answers %d from %q (%v), want 200 from %q", www, status, got, err, side)
	}
}

func (a *account) zone() string {
	out, err := a.r53.CreateHostedZone(a.t.Context(), &route53.CreateHostedZoneInput{Name: aws.String("example.com"), CallerReference: aws.String("z")})
	return *must(a.t, out, err).HostedZone.Id
}

func (a *account) point(zone, name string, d *types.Distribution) {
	a.t.Helper()
	_, err := a.r53.ChangeResourceRecordSets(a.t.Context(), &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: &zone, ChangeBatch: &r53types.ChangeBatch{Changes: []r53types.Change{{
			Action: r53types.ChangeActionUpsert, ResourceRecordSet: &r53types.ResourceRecordSet{
				Name: aws.String(name), Type: r53types.RRTypeA,
				AliasTarget: &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: d.DomainName},
			},
		}}},
	})
	must(a.t, 0, err)
}

func (a *account) move(name string, to *types.Distribution) {
	a.t.Helper()
	out, err := a.cf.GetDistribution(a.t.Context(), &cloudfront.GetDistributionInput{Id: to.Id})
	_, err = a.cf.UpdateDomainAssociation(a.t.Context(), &cloudfront.UpdateDomainAssociationInput{
		Domain: aws.String(name), IfMatch: must(a.t, out, err).ETag, TargetResource: &types.DistributionResourceId{DistributionId: to.Id},
	})
	must(a.t, 0, err)
}

// comment edits d as anybody might during a cutover.
func (a *account) comment(d *types.Distribution, text string) {
	a.t.Helper()
	got, err := a.cf.GetDistributionConfig(a.t.Context(), &cloudfront.GetDistributionConfigInput{Id: d.Id})
	cfg := must(a.t, got, err).DistributionConfig
	cfg.Comment = aws.String(text)
	_, err = a.cf.UpdateDistribution(a.t.Context(), &cloudfront.UpdateDistributionInput{Id: d.Id, IfMatch: got.ETag, DistributionConfig: cfg})
	must(a.t, 0, err)
}

func TestACutoverThroughTheSDKIsServedAtEveryInstant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := awssim.New(awssim.Options{Propagation: 5 * time.Minute})
		a := newAccount(t, w)
		blue := a.distribution("blue", www)
		green := a.distribution("green")
		if status, _, _ := a.get(t.Context(), "https://"+www+"/"); status != 403 {
			t.Errorf("before any POP has it: %d, want 403", status)
		}
		pass(10 * time.Minute)
		zone := a.zone()
		a.point(zone, www, blue)
		pass(time.Minute)
		a.serves("blue")

		pass(time.Second)
		since := now()
		a.move(www, green)
		a.serves("blue")
		pass(10 * time.Minute)
		a.serves("green")
		a.point(zone, www, green)
		pass(time.Minute)
		for _, v := range w.Audit(since, www) {
			t.Error(v)
		}
		if n := len(w.Journal().Answers(since)); n != 2 {
			t.Errorf("the journal has %d answers, want 2", n)
		}
		if w.Route53().PointsAt(www, now()) != *green.DomainName {
			t.Error("DNS does not point at green")
		}
	})
}

func TestTheAuditOfAWorldFindsWhatACarelessCutoverDoes(t *testing.T) {
	t.Parallel()
	kinds := func(w *awssim.World, since time.Time) map[audit.Kind]bool {
		out := map[audit.Kind]bool{}
		for _, v := range w.Audit(since, www) {
			out[v.Kind] = true
		}
		return out
	}
	settled := func(t *testing.T) (a *account, zone string, blue, green *types.Distribution) {
		a = newAccount(t, awssim.New(awssim.Options{Propagation: 5 * time.Minute}))
		blue, green, zone = a.distribution("blue", www), a.distribution("green"), a.zone()
		pass(10 * time.Minute)
		a.point(zone, www, blue)
		pass(time.Minute)
		return a, zone, blue, green
	}
	tests := map[string]struct {
		do   func(t *testing.T, a *account, zone string, blue, green *types.Distribution)
		want audit.Kind
	}{
		"a knob leaves the name unowned": {func(_ *testing.T, a *account, _ string, _, green *types.Distribution) {
			a.Turn(func(k *knob.Knobs) { k.UnownedGap = time.Second })
			a.move(www, green)
		}, audit.Unserved},
		"the target is new": {func(_ *testing.T, a *account, _ string, _, _ *types.Distribution) {
			a.move(www, a.distribution("fresh"))
		}, audit.MovedWhileDeploying},
		"DNS goes first": {func(_ *testing.T, a *account, zone string, _, green *types.Distribution) {
			a.point(zone, www, green)
		}, audit.DNSLeads},
		"the owner is disabled": {func(t *testing.T, a *account, _ string, blue, _ *types.Distribution) {
			got, err := a.cf.GetDistributionConfig(t.Context(), &cloudfront.GetDistributionConfigInput{Id: blue.Id})
			cfg := must(t, got, err).DistributionConfig
			cfg.Enabled = aws.Bool(false)
			_, err = a.cf.UpdateDistribution(t.Context(), &cloudfront.UpdateDistributionInput{Id: blue.Id, IfMatch: got.ETag, DistributionConfig: cfg})
			must(t, 0, err)
		}, audit.DisabledSide},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a, zone, blue, green := settled(t)
				since := now()
				pass(time.Second)
				tt.do(t, a, zone, blue, green)
				if got := kinds(a.World, since); !got[tt.want] {
					t.Errorf("found %v, want %q among them", got, tt.want)
				}
			})
		})
	}
}

func TestTheAuditKnowsTheOrderOfWritesAtOneInstant(t *testing.T) {
	t.Parallel()
	for title, tt := range map[string]struct {
		editFirst bool
		want      int
	}{
		"the target is edited after the move":  {editFirst: false, want: 0},
		"the target is edited before the move": {editFirst: true, want: 1},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newAccount(t, awssim.New(awssim.Options{Propagation: 20 * time.Second}))
				a.distribution("blue", www)
				green := a.distribution("green")
				pass(time.Minute)
				since := now()
				if tt.editFirst {
					a.comment(green, "edited")
				}
				a.move(www, green)
				if !tt.editFirst {
					a.comment(green, "edited")
				}
				if !now().Equal(since) {
					t.Fatal("time has passed between the writes")
				}
				got := a.Audit(since, www)
				if len(got) != tt.want || tt.want == 1 && got[0].Kind != audit.MovedWhileDeploying {
					t.Errorf("found %v, want %d moves onto a deploying target", got, tt.want)
				}
			})
		})
	}
}

func TestAChangeMadeWhileFrozenArrivesAfterTheThaw(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := awssim.New(awssim.Options{Propagation: time.Minute})
		a := newAccount(t, w)
		blue, green := a.distribution("blue", www), a.distribution("green")
		_ = blue
		pass(2 * time.Minute)
		since := now()
		w.Freeze(true)
		a.move(www, green)
		pass(time.Hour)
		a.serves("blue")
		w.Freeze(false)
		pass(2 * time.Minute)
		a.serves("green")
		got, err := a.cf.GetDistribution(t.Context(), &cloudfront.GetDistributionInput{Id: green.Id})
		if must(t, got, err); *got.Distribution.Status != "Deployed" {
			t.Errorf("status %s, want Deployed", *got.Distribution.Status)
		}
		for _, v := range w.Audit(since, www) {
			t.Error(v)
		}
	})
}

func TestTheTransportBehavesLikeANetwork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := awssim.New(awssim.Options{})
		a := newAccount(t, w)
		a.distribution("blue", www)
		pass(time.Minute)

		// A cut connection is an EOF without an answer, and the SDK tries again.
		hits := w.Faults().Add(fault.Fault{Kind: fault.Cut, Count: 1})
		id, err := a.sts.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		if must(t, id, err); *id.Account != "123456789012" || hits() != 1 {
			t.Errorf("account %s after %d cuts", *id.Account, hits())
		}
		w.Faults().Add(fault.Fault{Kind: fault.Cut})
		req := sure(http.NewRequestWithContext(t.Context(), http.MethodGet, "https://sim.test/2020-05-31/distribution", nil))
		if resp, err := w.Transport().RoundTrip(req); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut: %v, %v; want an unexpected EOF", resp, err)
		}

		// Whoever stops waiting for a slow origin gets its context's error, at that moment.
		w.Origins().Put("blue.origin.test", origin.State{Latency: 10 * time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := now()
		if _, _, err := a.get(ctx, "https://"+www+"/"); !errors.Is(err, context.DeadlineExceeded) || now().Sub(start) != 3*time.Second {
			t.Errorf("after %v: %v, want the deadline after 3s", now().Sub(start), err)
		}
		answers := w.Journal().Answers(start)
		if len(answers) != 1 || answers[0].Status != 0 {
			t.Errorf("the journal has %+v, want one answer nobody got", answers)
		}

		// http and https differ, and a HEAD has no body.
		if status, _, err := a.get(t.Context(), "http://"+www+"/"); err != nil || status != 301 {
			t.Errorf("plain http: %d, %v; want a redirect", status, err)
		}
		resp := sure(a.viewer.Head("https://" + www + "/"))
		defer resp.Body.Close()
		if body := sure(io.ReadAll(resp.Body)); len(body) != 0 || resp.ContentLength <= 0 {
			t.Errorf("HEAD: %d bytes of body, Content-Length %d", len(body), resp.ContentLength)
		}
	})
}

func TestViewersOnEveryPOPAreServedWhileNamesMoveToAndFro(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const pops = 6
		w := awssim.New(awssim.Options{Propagation: time.Minute, POPs: pops})
		a := newAccount(t, w)
		blue, green := a.distribution("blue", www), a.distribution("green")
		pass(2 * time.Minute)
		since := now()
		ctx, stop := context.WithCancel(t.Context())
		var viewers sync.WaitGroup
		for pop := range pops {
			viewers.Go(func() {
				client := &http.Client{Transport: w.Transport()}
				for ctx.Err() == nil {
					req := sure(http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+www+"/", nil))
					req.Header.Set("X-Awssim-Pop", strconv.Itoa(pop))
					resp, err := client.Do(req)
					if err != nil {
						t.Error(err)
						return
					}
					_ = resp.Body.Close()
					if resp.StatusCode != http.StatusOK {
						t.Errorf("POP %d at %v: %d", pop, now().Sub(since), resp.StatusCode)
					}
					pass(500 * time.Millisecond)
				}
			})
		}
		for _, to := range []*types.Distribution{green, blue, green} {
			a.move(www, to)
			pass(2 * time.Minute)
		}
		stop()
		viewers.Wait()
		for _, v := range w.Audit(since, www) {
			t.Error(v)
		}
		sides := map[string]int{}
		for _, x := range w.Journal().Answers(since) {
			sides[x.Distribution]++
		}
		if sides[*blue.Id] < 100 || sides[*green.Id] < 100 || len(sides) != 2 {
			t.Errorf("answers by side: %v", sides)
		}
	})
}

// An origin that viewers do not get yet is asked by its own name, around CloudFront.
func TestAnOriginIsAskedByItsOwnName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(t, awssim.New(awssim.Options{Propagation: time.Minute}))
		blue := a.distribution("blue", www)
		pass(5 * time.Minute)
		domain := aws.ToString(blue.DistributionConfig.Origins.Items[0].DomainName)
		ask := func(host string) (int, string, string) {
			t.Helper()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+host+"/health", nil)
			resp, err := a.Transport().RoundTrip(must(t, req, err))
			resp = must(t, resp, err)
			body, err := io.ReadAll(resp.Body)
			return resp.StatusCode, string(must(t, body, err)), resp.Header.Get("X-Cache")
		}
		if status, body, cache := ask(domain); status != http.StatusOK || !strings.Contains(body, domain) || cache != "" {
			t.Errorf("%s answers %d %s, X-Cache %q", domain, status, body, cache)
		}
		a.Origins().Put(domain, origin.State{Status: 503})
		if status, _, _ := ask(domain); status != http.StatusServiceUnavailable {
			t.Errorf("%s answers %d although it is ill", domain, status)
		}
		if status, _, _ := ask("nobody.example.net"); status != http.StatusForbidden {
			t.Errorf("a name of nobody's is answered with %d", status)
		}
		a.Origins().Put(domain, origin.State{Down: true})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+domain+"/", nil)
		if resp, err := a.Transport().RoundTrip(must(t, req, err)); err == nil {
			t.Errorf("an origin that is down answers %d", resp.StatusCode)
			_ = resp.Body.Close()
		}
	})
}
