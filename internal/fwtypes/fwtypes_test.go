package fwtypes_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
)

// verdict is what a validator says about a value: summary and detail, "" if it accepts.
func verdict(v validator.String, value types.String) (summary, detail string) {
	req := validator.StringRequest{Path: path.Root("attribute"), ConfigValue: value}
	resp := &validator.StringResponse{}
	v.ValidateString(context.Background(), req, resp)
	if len(resp.Diagnostics) == 0 {
		return "", ""
	}
	return resp.Diagnostics[0].Summary(), resp.Diagnostics[0].Detail()
}

func TestDomainProblemFindsWhatCloudFrontRefuses(t *testing.T) {
	t.Parallel()
	label63 := strings.Repeat("a", 63)
	for _, name := range []string{
		"example.com", "www.example.com", "*.example.com", "*.a.b.example.com", "xn--mnchen-3ya.example", "a-b.example.com", "_acme.example.com", "1.example.com", "a.b", label63 + ".example.com",
		"1.2.3.example", strings.Repeat("a.", 125) + "com",
	} {
		if got := fwtypes.DomainProblem(name); got != "" {
			t.Errorf("%q is refused: %s", name, got)
		}
	}
	for name, want := range map[string]string{
		"":                                "is empty",
		"com":                             "has no domain",
		"*":                               "has no domain",
		"*.com":                           "has no domain",
		"WWW.example.com":                 `Write "www.example.com"`,
		"www.example.com.":                `Write "www.example.com"`,
		"https://www.example.com":         "without scheme",
		"www.example.com/path":            "without scheme, port or path",
		"www.example.com:443":             "without scheme, port or path",
		"www example.com":                 "not a bare domain name",
		"w*.example.com":                  "wildcard that is not the whole first label",
		"www.*.com":                       "wildcard that is not the whole first label",
		"*.*.example.com":                 "wildcard that is not the whole first label",
		"**.example.com":                  "wildcard that is not the whole first label",
		"münchen.example":                 "xn--",
		"-www.example.com":                `the label "-www"`,
		"www-.example.com":                `the label "www-"`,
		"www..example.com":                `the label ""`,
		".example.com":                    `the label ""`,
		label63 + "a.example.com":         "1 to 63",
		strings.Repeat("a.", 126) + "com": "longer than the 253",
		"192.0.2.1":                       "IP address",
		"www.exa\tmple.com":               "not a domain name",
		"www.example.com\n":               "not a domain name",
	} {
		if got := fwtypes.DomainProblem(name); !strings.Contains(got, want) {
			t.Errorf("%q: %q, want something with %q", name, got, want)
		}
	}
}

func TestValidatorsSayWhatToWriteInstead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		validator validator.String
		good      []string
		bad       map[string]string // value: a part of the detail
	}{
		{"DomainName", fwtypes.DomainName(), []string{"blue.example.com"}, map[string]string{
			"*.example.com": "nobody can send a request", "Blue.example.com": `Write "blue.example.com"`, "": "is empty",
		}},
		{"OneOf", fwtypes.OneOf("hold", "fail"), []string{"hold", "fail"}, map[string]string{"Hold": `Write "hold" or "fail"`, "": `Write "hold" or "fail"`}},
		{"DistributionID", fwtypes.DistributionID(), []string{"E2QWRUHAPOMQZL", "EDFDVBD632BHDS5"}, map[string]string{
			"arn:aws:cloudfront::123456789012:distribution/EDFDVBD632BHDS5": `Write the id, "EDFDVBD632BHDS5"`,
			"d111111abcdef8.cloudfront.net":                                 "is a domain name",
			"e2qwruhapomqzl":                                                "not the id of a distribution",
			"":                                                              "not the id of a distribution",
			" E2QWRUHAPOMQZL":                                               "not the id of a distribution",
		}},
		{"ZoneID", fwtypes.ZoneID(), []string{"Z2FDTNDATAQYW2", "Z0123456789ABC"}, map[string]string{
			"/hostedzone/Z2FDTNDATAQYW2": `Write "Z2FDTNDATAQYW2" without`, "example.com": "not the id of a hosted zone", "": "not the id of a hosted zone",
		}},
		{"Path", fwtypes.Path(), []string{"/", "/health?deep=1"}, map[string]string{"health": `Write "/health"`, "https://x/": "`url` for a whole URL", "": `Write "/"`}},
		{"Regexp", fwtypes.Regexp(), []string{"", "^ok$", `\d+`}, map[string]string{"(": "cannot be compiled", "(?=x)": "no look-ahead", `\1`: "no back references"}},
		{"HostPort", fwtypes.HostPort(), []string{"example.com:443", "127.0.0.1:8080", "[::1]:80"}, map[string]string{
			"example.com": "host:port", ":443": "host:port", "example.com:": "host:port", "example.com:https": "host:port", "example.com:0": "host:port",
			"example.com:65536": "host:port", "http://example.com:80": "host:port", "example.com/x:80": "host:port", "::1:80": "host:port", "": "host:port",
		}},
		{"NotNegative", fwtypes.NotNegative(), []string{"0s", "5m", "1h30m", "not a duration at all"}, map[string]string{"-5m": `such as "5m"`, "-1ns": `such as "1ns"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.validator.Description(t.Context()) == "" || c.validator.MarkdownDescription(t.Context()) == "" {
				t.Error("it does not describe itself")
			}
			for _, v := range []types.String{types.StringNull(), types.StringUnknown()} {
				if summary, _ := verdict(c.validator, v); summary != "" {
					t.Errorf("judges %s", v)
				}
			}
			for _, v := range c.good {
				if summary, detail := verdict(c.validator, types.StringValue(v)); summary != "" {
					t.Errorf("%q is refused: %s: %s", v, summary, detail)
				}
			}
			for v, want := range c.bad {
				summary, detail := verdict(c.validator, types.StringValue(v))
				if summary == "" || strings.HasSuffix(summary, ".") || !strings.Contains(detail, want) {
					t.Errorf("%q: %q %q, want something with %q", v, summary, detail, want)
				}
			}
		})
	}
}

func TestHTTPURLMatchesEndpoints(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		"http://127.0.0.1:4566": true, "https://proxy.example.com/aws": true, "https://proxy.example.com/": true,
		"127.0.0.1:4566": false, "ftp://example.com": false, "http://": false, "https:///path": false, "http://a b": false, " http://a": false,
	} {
		if got := fwtypes.HTTPURL.MatchString(value); got != want {
			t.Errorf("%q matches: %v, want %v", value, got, want)
		}
	}
}
