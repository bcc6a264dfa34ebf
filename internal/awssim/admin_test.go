package awssim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
)

// admin calls the admin interface: "GET state". It decodes the answer into T.
func admin[T any](a *account, want int, call, body string, headers ...string) (out T) {
	a.t.Helper()
	method, path, _ := strings.Cut(call, " ")
	req := sure(http.NewRequestWithContext(a.t.Context(), method, "http://127.0.0.1:4566"+awssim.AdminPath+path, strings.NewReader(body)))
	for _, h := range headers {
		k, v, _ := strings.Cut(h, ": ")
		req.Header.Set(k, v)
	}
	resp := sure(a.viewer.Do(req))
	defer resp.Body.Close()
	raw := sure(io.ReadAll(resp.Body))
	if resp.StatusCode != want {
		a.t.Fatalf("%s: %d %s, want %d", call, resp.StatusCode, raw, want)
	}
	if err := json.Unmarshal(raw, &out); err != nil && want == 200 {
		a.t.Fatalf("%s: %s: %v", call, raw, err)
	}
	return out
}

func TestTheStateShowsAMovePOPByPOP(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(t, awssim.New(awssim.Options{Propagation: 5 * time.Minute, POPs: 10}))
		blue, green := a.distribution("blue", www), a.distribution("green")
		zone := a.zone()
		pass(10 * time.Minute)
		a.point(zone, www, blue)
		a.move(www, green)

		shares := func() map[string]float64 {
			s := admin[awssim.State](a, 200, "GET state", "")
			if len(s.Aliases) != 1 || s.Aliases[0].Name != www || len(s.Aliases[0].POPs) != 10 || len(s.Distributions) != 2 || len(s.Zones) != 1 || len(s.POPs) != 10 {
				t.Fatalf("state %+v", s)
			}
			return s.Aliases[0].Shares
		}
		var seen []float64
		for range 100 {
			if g := shares()[*green.Id]; len(seen) == 0 || seen[len(seen)-1] != g {
				seen = append(seen, g)
			}
			pass(5 * time.Second)
		}
		if len(seen) < 4 || seen[0] != 0 || seen[len(seen)-1] < 0.999 || !slices.IsSorted(seen) {
			t.Errorf("green's share went %v, want from 0 to 1 in steps", seen)
		}
		if b := shares()[*blue.Id]; b != 0 {
			t.Errorf("blue still has %v", b)
		}
	})
}

func TestTheAdminInterfaceChangesTheWorld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(t, awssim.New(awssim.Options{Propagation: time.Minute}))
		list := func() error {
			_, err := a.cf.ListDistributions(t.Context(), &cloudfront.ListDistributionsInput{}, func(o *cloudfront.Options) { o.RetryMaxAttempts = 1 })
			return err
		}

		admin[[]fault.Status](a, 200, "POST faults", `[{"service":"cloudfront","kind":"throttle","count":1}]`)
		if err := list(); err == nil || !strings.Contains(err.Error(), "Throttling") {
			t.Errorf("an armed fault: %v", err)
		}
		if got := admin[[]fault.Status](a, 200, "GET faults", ""); len(got) != 1 || got[0].Hits != 1 {
			t.Errorf("faults %+v, want one hit", got)
		}
		if got := admin[[]fault.Status](a, 200, "DELETE faults", ""); len(got) != 0 {
			t.Errorf("faults after DELETE: %+v", got)
		}

		admin[[]fault.Status](a, 200, "POST faults", `[{"operation":"UpdateDomainAssociation","resource":"EGREEN","kind":"throttle"}]`)
		for target, want := range map[string]string{"EGREEN": "Throttling", "EBLUE": "EntityNotFound"} {
			_, err := a.cf.UpdateDomainAssociation(t.Context(), &cloudfront.UpdateDomainAssociationInput{
				Domain: aws.String("www.example.com"), TargetResource: &cftypes.DistributionResourceId{DistributionId: aws.String(target)},
			}, func(o *cloudfront.Options) { o.RetryMaxAttempts = 1 })
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("moves to EGREEN are struck, and one to %s: %v", target, err)
			}
		}
		admin[[]fault.Status](a, 200, "DELETE faults", "")

		admin[[]string](a, 200, "POST allow", `["cloudfront:GetDistribution"]`)
		if err := list(); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
			t.Errorf("a call that is not allowed: %v", err)
		}
		admin[[]string](a, 200, "POST allow", `[]`)
		if err := list(); err != nil {
			t.Errorf("with everything allowed: %v", err)
		}

		admin[any](a, 200, "PUT knobs", `{"unowned_gap":"2s"}`)
		if k := a.Knobs(); k.UnownedGap != 2*time.Second || k.InsyncSpan == 0 {
			t.Errorf("knobs %+v", k)
		}

		a.distribution("blue", www)
		pass(2 * time.Minute)
		admin[any](a, 200, "PUT origins/blue.origin.test", `{"status":500}`)
		if status, _, _ := a.get(t.Context(), "https://"+www+"/"); status != 500 {
			t.Errorf("with the origin failing: %d", status)
		}
		admin[any](a, 200, "DELETE origins/blue.origin.test", "")
		a.serves("blue")
		m := admin[[]edge.Minute](a, 200, "GET metrics", "")
		requests, errors := 0, 0
		for _, x := range m {
			requests, errors = requests+x.Requests, errors+x.Errors5xx
		}
		if requests != 2 || errors != 1 {
			t.Errorf("metrics %+v, want 2 requests, 1 error", m)
		}

		watch := cloudwatch.NewFromConfig(aws.Config{
			Region: "us-east-1", HTTPClient: &http.Client{Transport: a.Transport()}, Credentials: credentials.NewStaticCredentialsProvider("AKIDTEST", "secret", ""),
		})
		sure(watch.PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
			AlarmName: aws.String("site"), Namespace: aws.String("AWS/CloudFront"), MetricName: aws.String("5xxErrorRate"), Statistic: cwtypes.StatisticAverage, Period: aws.Int32(60),
			EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1), ComparisonOperator: cwtypes.ComparisonOperatorGreaterThanThreshold,
		}))
		evaluation := func() string {
			got := sure(watch.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{"site"}}))
			return string(got.MetricAlarms[0].EvaluationState)
		}
		admin[any](a, 200, "PUT alarms/site", `{"evaluation_state":"EVALUATION_ERROR","reason":"no role"}`)
		if got := evaluation(); got != "EVALUATION_ERROR" {
			t.Errorf("an alarm that is not evaluated shows %q", got)
		}
		admin[any](a, 200, "DELETE alarms/site", "")
		if got := evaluation(); got != "" {
			t.Errorf("an alarm that is evaluated again shows %q", got)
		}
		admin[any](a, 400, "PUT alarms/none", `{"evaluation_state":"EVALUATION_ERROR"}`)
		admin[any](a, 400, "PUT alarms/site", `{"evaluation_state":"FINE"}`)

		admin[any](a, 200, "POST propagation", `{"frozen":true,"slow":{"3":10}}`)
		if !a.Propagation().Frozen() {
			t.Error("not frozen")
		}
		if !admin[awssim.State](a, 200, "GET state", "").Frozen {
			t.Error("the state does not show that it is frozen")
		}
		admin[any](a, 200, "POST propagation", `{"frozen":false}`)

		j := admin[struct {
			Seq     int              `json:"seq"`
			Calls   []journal.Call   `json:"calls"`
			Answers []journal.Answer `json:"answers"`
		}](a, 200, "GET journal?after=2&limit=0", "")
		if len(j.Answers) != 2 || len(j.Calls) == 0 || j.Calls[0].Seq != 3 || j.Calls[len(j.Calls)-1].Seq != j.Seq {
			t.Errorf("journal %+v", j)
		}
		if v := admin[[]any](a, 200, "GET audit?name="+www+"&since="+a.Clock().Now().Format(time.RFC3339), ""); len(v) != 0 {
			t.Errorf("audit %v", v)
		}
	})
}

func TestTheAdminInterfaceRefusesMistakesAndStrangers(t *testing.T) {
	t.Parallel()
	a := newAccount(t, awssim.New(awssim.Options{}))
	before := a.Knobs()
	for call, body := range map[string]string{
		"POST faults": `[{"kind":"explode"}]`, "POST faults ": `[{"kind":"cut","nonsense":1}]`, "PUT knobs": `{"no_such_knob":true}`,
		"PUT origins/x": `{"status":7}`, "POST allow": `{}`, "POST propagation": `{"slow":{"99":2}}`, "GET audit": "", "GET journal?after=x": "",
	} {
		admin[any](a, 400, strings.TrimSpace(call), body)
	}
	if a.Knobs() != before || len(a.Faults().List()) != 0 {
		t.Error("a refused call changed something")
	}
	admin[any](a, 403, "POST allow", `["nothing:Allowed"]`, "Sec-Fetch-Site: cross-site", "Origin: https://evil.test")
	for host, want := range map[string]int{
		"evil.test": 421, "evil.test:4566": 421, "127.0.0.1.evil.test": 421, "localhost.evil.test": 421, "": 421,
		"localhost:4566": 200, "127.0.0.1:4566": 200, "[::1]:4566": 200, "192.0.2.1:4566": 200, // what -insecure-listen allows
	} {
		for _, path := range []string{"knobs", "state", ""} {
			r := httptest.NewRequest(http.MethodGet, awssim.AdminPath+path, nil)
			r.Host = host
			w := httptest.NewRecorder()
			a.Control().ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("GET %s of %q: %d, want %d", path, host, w.Code, want)
			}
		}
	}
	admin[any](a, 404, "GET nothing", "")
	admin[any](a, 405, "POST state", "")

	resp := sure(a.viewer.Get("http://127.0.0.1:4566/_awssim/"))
	defer resp.Body.Close()
	page := string(sure(io.ReadAll(resp.Body)))
	if resp.StatusCode != http.StatusOK || !strings.Contains(page, "<title>awssim") || strings.Contains(page, "https://") || strings.Contains(page, "src=") {
		t.Errorf("the page: %d, and it has to contain everything it needs", resp.StatusCode)
	}
}

func TestEveryOperationSaysWhetherItIsServed(t *testing.T) {
	t.Parallel()
	served := map[string]bool{}
	for _, op := range awssim.New(awssim.Options{}).Operations() {
		served[op.Service+":"+op.Name] = op.Served
	}
	for name, want := range map[string]bool{
		"cloudfront:UpdateDomainAssociation": true, "route53:ChangeResourceRecordSets": true, "sts:GetCallerIdentity": true, "cloudfront:CreateVpcOrigin": false,
	} {
		if got, known := served[name]; !known || got != want {
			t.Errorf("%s: served %t, known %t, want %t", name, got, known, want)
		}
	}
	// One that is not served fails loudly.
	a := newAccount(t, awssim.New(awssim.Options{}))
	_, err := a.cf.ListVpcOrigins(t.Context(), &cloudfront.ListVpcOriginsInput{MaxItems: aws.Int32(1)}, func(o *cloudfront.Options) { o.RetryMaxAttempts = 1 })
	if err == nil || !strings.Contains(err.Error(), "501") {
		t.Errorf("an operation that is not served: %v, want a 501", err)
	}
}
