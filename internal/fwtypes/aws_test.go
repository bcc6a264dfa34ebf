package fwtypes_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
)

func TestWhatAWSIsConfiguredWith(t *testing.T) {
	t.Parallel()
	const password = "hunter2hunter2"
	for _, c := range []struct {
		name string
		v    validator.String
		good []string
		bad  map[string]string // value → what is said about it
	}{
		{"AccountID", fwtypes.AccountID(), []string{"123456789012", "000000000000"}, map[string]string{"": "12 digits", "12345678901": "12 digits", "1234-5678-9012": "12 digits"}},
		{
			"RoleARN", fwtypes.RoleARN(),
			[]string{"arn:aws:iam::123456789012:role/deploy", "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_x_0", ""}, // that it is missing is said elsewhere
			map[string]string{
				"deploy": "is not the ARN of an IAM role", "arn:aws:iam::123456789012:user/alice": "is not the ARN of an IAM role",
				"arn:aws-us-gov:iam::123456789012:role/deploy":      "partition aws-us-gov",
				"arn:aws:sts::123456789012:assumed-role/deploy/one": "arn:aws:iam::123456789012:role/deploy",
			},
		},
		{"PolicyARN", fwtypes.PolicyARN(), []string{"arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::123456789012:policy/team/own"}, map[string]string{"ReadOnlyAccess": "is not the ARN"}},
		{"SessionName", fwtypes.SessionName(), []string{"ci", "alice@example.com", strings.Repeat("a", 64)}, map[string]string{"a": "2 to 64", "a b": "2 to 64", strings.Repeat("a", 65): "2 to 64", "a/b": "2 to 64"}},
		{"ExternalID", fwtypes.ExternalID(), []string{"site-7", "a:b/c", strings.Repeat("a", 1224)}, map[string]string{"a": "2 to 1224", password + " ": "2 to 1224", strings.Repeat("a", 1225): "2 to 1224"}},
		{"PolicyDocument", fwtypes.PolicyDocument(), []string{`{"Statement":[]}`}, map[string]string{"": "not a JSON object", "[]": "not a JSON object", "{}": "no Statement"}},
		{"SessionDuration", fwtypes.SessionDuration(), []string{"15m", "12h", "1h30m", "soon"}, map[string]string{"14m59s": "15 minutes to 12 hours", "13h": "15 minutes to 12 hours", "-1h": "15 minutes to 12 hours"}},
		{
			"ProxyURL", fwtypes.ProxyURL(),
			[]string{"", "http://proxy:3128", "https://user:" + password + "@proxy", "socks5://127.0.0.1:1080"},
			map[string]string{"proxy:3128": "scheme and a host", "//proxy": "scheme and a host", "http://user:" + password + " @proxy": "cannot be read", "ftp://" + password + "@proxy": "scheme and a host"},
		},
		{"Endpoint", fwtypes.Endpoint("http://127.0.0.1:4566"), []string{"http://127.0.0.1:4566", "https://sts.example.com/path"}, map[string]string{"127.0.0.1:4566": "http://127.0.0.1:4566", "": "not a URL"}},
	} {
		for _, value := range c.good {
			if summary, detail := verdict(c.v, types.StringValue(value)); summary != "" {
				t.Errorf("%s refuses %q: %s", c.name, value, detail)
			}
		}
		for value, want := range c.bad {
			summary, detail := verdict(c.v, types.StringValue(value))
			if summary == "" || !strings.Contains(detail, want) {
				t.Errorf("%s says %q about %q, want %q", c.name, detail, value, want)
			}
			if strings.Contains(detail, password) {
				t.Errorf("%s shows a password: %s", c.name, detail)
			}
		}
		for _, nothing := range []types.String{types.StringNull(), types.StringUnknown()} {
			if summary, _ := verdict(c.v, nothing); summary != "" {
				t.Errorf("%s says %q about %s", c.name, summary, nothing)
			}
		}
	}
}
