package preflight_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/preflight"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
)

// sound is a switch from blue to green against which nothing speaks. What every
// check finds in a real world is shown in internal/provider/preflight.
func sound() preflight.Switch {
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	names := []string{"a.example.com", "b.example.com"}
	s := preflight.Switch{
		Now: now,
		Spec: switchover.Spec{
			Asked: switchover.Asked{
				Names: names, Live: "green", Sides: map[cutover.Side]string{"blue": "EBLUE", "green": "EGREEN"},
				Zones: []switchover.Zone{{Domain: "example.com", ID: "Z1"}},
			}, Mode: switchover.Mode{Adopting: true},
		},
		Obs: switchover.Observation{
			Seen: switchover.Seen{Sides: map[cutover.Side]switchover.Distribution{}, Records: map[string][]switchover.Record{}, ZoneNames: map[string]string{"Z1": "example.com"}},
		},
		Sides: map[cutover.Side]preflight.Side{},
	}
	for side, id := range s.Spec.Sides {
		s.Obs.Sides[side] = switchover.Distribution{
			ID: id, Domain: strings.ToLower(id) + ".cloudfront.net", ETag: "ETAG", Deployed: true, Enabled: true, IPv6: true, Certificate: []string{"*.example.com"},
		}
		s.Sides[side] = preflight.Side{
			Certificate: &preflight.Certificate{Valid: true, Status: "ISSUED", Until: now.AddDate(1, 0, 0)},
			Settings:    []preflight.Setting{{Name: "price class", Value: "PriceClass_All"}},
		}
	}
	blue := s.Obs.Sides["blue"]
	blue.Aliases = names
	s.Obs.Sides["blue"] = blue
	for _, name := range names {
		for _, typ := range []string{"A", "AAAA"} {
			s.Obs.Records[name] = append(s.Obs.Records[name], switchover.Record{Name: name, Type: typ, Target: blue.Domain, AliasZone: cutover.CloudFrontZone})
		}
	}
	return s
}

func found(s preflight.Switch) string {
	var out []string
	for _, f := range s.Of() {
		out = append(out, fmt.Sprint(f.Severity, " ", f.Check, " ", f.Side, " ", f.Name, " ", f.Found))
	}
	return strings.Join(out, "\n")
}

func TestASoundSwitchHasNoFindings(t *testing.T) {
	t.Parallel()
	if got := found(sound()); got != "" {
		t.Error(got)
	}
}

func TestAnAttachedPolicyIsFoundOnWhatGainsOrLosesNames(t *testing.T) {
	t.Parallel()
	for side, want := range map[cutover.Side]string{"blue": "warning policy_attached blue  P1", "green": "warning policy_attached green  P1", "red": ""} {
		s := sound()
		s.Spec.Sides["red"] = "ERED"
		red := s.Obs.Sides["green"]
		red.ID, red.Domain = "ERED", "ered.cloudfront.net"
		s.Obs.Sides["red"], s.Sides["red"] = red, s.Sides["green"]
		with := s.Sides[side]
		with.Policy = "P1"
		s.Sides[side] = with
		if got := found(s); got != want {
			t.Errorf("%s: %q, want %q", side, got, want)
		}
	}
}

func TestErrorsComeFirstAndSpoilIt(t *testing.T) {
	t.Parallel()
	s := sound()
	green := s.Obs.Sides["green"]
	green.Enabled, green.Deployed, green.IPv6 = false, false, false
	s.Obs.Sides["green"] = green
	findings := s.Of()
	if preflight.OK(findings) || len(findings) < 4 || findings[0].Check != preflight.Check(switchover.TargetDisabled) {
		t.Errorf("found\n%s", found(s))
	}
	if !slices.IsSortedFunc(findings, func(a, b preflight.Finding) int {
		return strings.Compare(string(a.Severity), string(b.Severity)) // "error" < "warning"
	}) {
		t.Errorf("out of order:\n%s", found(s))
	}
}

// What stops the cutover is never found to be all right, and never only a warning.
func TestWhateverStopsTheCutoverIsAnError(t *testing.T) {
	t.Parallel()
	spoil := map[string]func(*preflight.Switch){
		"target gone":    func(s *preflight.Switch) { delete(s.Obs.Sides, "green") },
		"everybody gone": func(s *preflight.Switch) { s.Obs.Sides = nil },
		"staging": func(s *preflight.Switch) {
			d := s.Obs.Sides["blue"]
			d.Staging = true
			s.Obs.Sides["blue"] = d
		},
		"taken": func(s *preflight.Switch) {
			s.Obs.Sides["blue"] = switchover.Distribution{}
			s.Obs.Elsewhere = map[string]string{"a.example.com": "E9"}
		},
		"foreign":  func(s *preflight.Switch) { s.Obs.Records["a.example.com"][0].Target = "lb.example.net" },
		"weighted": func(s *preflight.Switch) { s.Obs.Records["b.example.com"][1].Routing = "weighted" },
		"no zone":  func(s *preflight.Switch) { s.Obs.ZoneNames["Z1"] = "" },
	}
	for name, change := range spoil {
		s := sound()
		change(&s)
		if err := switchover.Preflight(s.Spec, s.Obs); err == nil {
			t.Errorf("%s does not stop the cutover; the test is void", name)
		}
		findings := s.Of()
		if preflight.OK(findings) || findings[0].Obstacle == nil {
			t.Errorf("%s: found\n%s", name, found(s))
		}
	}
}

// CloudFront refuses such a distribution, and the simulator with it.
func TestAStagingDistributionWithAliasesIsFound(t *testing.T) {
	t.Parallel()
	d := preflight.Deployment{
		Spec: deployment.Spec{Primary: "E1", Staging: "E2", Attached: true, Adopting: true},
		Obs: deployment.Observation{
			Primary: &deployment.Distribution{ID: "E1", Deployed: true, Enabled: true, Aliases: []string{"www.example.com"}},
			Staging: &deployment.Distribution{ID: "E2", Deployed: true, Enabled: true, Staging: true, Aliases: []string{"a.example.com", "b.example.com"}},
		},
	}
	if got := d.Of(); len(got) != 1 || got[0].Check != preflight.StagingAliases || got[0].Name != "a.example.com, b.example.com" || preflight.OK(got) {
		t.Errorf("found %v", got)
	}
	d.Obs.Staging.Aliases = nil
	if got := d.Of(); len(got) != 0 {
		t.Errorf("found %v", got)
	}
}

// Who may read a bucket is said in many ways. What is not understood is no finding.
func TestABucketsPolicyIsReadAsS3Does(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:cloudfront::123456789012:distribution/E2"
	allow := func(principal, action, condition string) string {
		return fmt.Sprintf(`{"Statement": {"Effect": "Allow", "Principal": %s, "Action": %s, "Resource": "*", "Condition": {%s}}}`, principal, action, condition)
	}
	service := `{"Service": "cloudfront.amazonaws.com"}`
	for policy, admitted := range map[string]bool{
		"": false,
		allow(service, `"s3:GetObject"`, `"StringEquals": {"AWS:SourceArn": "`+arn+`"}`):                               true,
		allow(service, `["s3:PutObject", "s3:Get*"]`, `"ArnLike": {"aws:sourcearn": ["arn:x", "arn:aws:*/E?"]}`):       true,
		allow(service, `"s3:GetObject"`, `"StringEquals": {"AWS:SourceArn": "arn:aws:cloudfront::1:distribution/E1"}`): false,
		allow(service, `"s3:PutObject"`, ""): false,
		allow(service, `"s3:*"`, ""):         true,
		allow(`"*"`, `"s3:GetObject"`, ""):   true,
		allow(`{"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E3"}`, `"s3:GetObject"`, ""): false,
		allow(service, `"s3:GetObject"`, `"StringEquals": {"aws:SourceAccount": "123456789012"}`):                   true,
		allow(service, `"s3:GetObject"`, `"StringNotEquals": {"AWS:SourceArn": "x"}`):                               true,
		`{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*"}]}`:                                   false,
		"not JSON": true,
	} {
		d := preflight.Deployment{
			Spec: deployment.Spec{Staging: "E2"}, Obs: deployment.Observation{Primary: &deployment.Distribution{ID: "E1", Deployed: true, Enabled: true}},
			Buckets: []preflight.Bucket{{Name: "site", Policy: policy, Readers: map[string]string{"E2": arn}}},
		}
		refused := slices.ContainsFunc(d.Of(), func(f preflight.Finding) bool { return f.Check == preflight.BucketRefuses })
		if refused == admitted {
			t.Errorf("refused is %t by\n%s", refused, policy)
		}
	}
}
