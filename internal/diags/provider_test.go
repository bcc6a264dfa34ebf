package diags_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
)

// settingWords are the functions that settings looks at.
var settingWords = []string{
	"Account", "AccountGone", "NotAnAccountName", "ProofsLeft", "AccountNotAsked", "AccountUnknown", "AllowedAndForbidden", "EndpointOfOneKind", "HalfKeyPair", "KeysAndToken", "NoAttempt", "NoInvalidationAtAll", "PollingAllTheTime",
	"Region", "RequestTimeoutTooShort", "RoleWithoutARN", "TokenAlone", "TwoTokens", "UnusableSetting", "WebIdentityWithoutToken", "WrongAccount",
}

// settings are what can be wrong with a provider block, before there is traffic to speak of.
func settings() []cause {
	at := path.Root("assume_role").AtListIndex(0).AtName("role_arn")
	typo := &awsapi.RegionError{Region: "us-eats-1", Near: "us-east-1"}
	unusable := func(setting string, err error) diag.Diagnostic {
		return diags.UnusableSetting(&awsapi.SettingError{Setting: setting, Err: err})
	}
	return []cause{
		{"half a pair", diags.HalfKeyPair(), true},
		{"token alone", diags.TokenAlone(), true},
		{"keys and token", diags.KeysAndToken(), true},
		{"polling", diags.PollingAllTheTime(), true},
		{"no attempt", diags.NoAttempt(), true},
		{"no invalidation", diags.NoInvalidationAtAll("paths_in_progress", 3000), true},
		{"no time", diags.RequestTimeoutTooShort(), true},
		{"role without ARN", diags.RoleWithoutARN(at), true},
		{"no web identity", diags.WebIdentityWithoutToken(), true},
		{"two tokens", diags.TwoTokens(), true},
		{"allowed and forbidden", diags.AllowedAndForbidden(), true},
		{"no such account", diags.Account(diags.AccountError{At: at, Name: "prod", Unknown: true, Known: []string{"dns"}}), true},
		{"no such account", diags.Account(diags.AccountError{At: at, Name: "prod", Unknown: true}), true},
		{"one account as two", diags.Account(diags.AccountError{At: at, Name: "prod", Same: true, Other: "dns", ID: "123456789012"}), true},
		{"one account as two", diags.Account(diags.AccountError{At: at, Name: "prod", Same: true, ID: "123456789012"}), true},
		{"forbidden account", diags.Account(diags.AccountError{At: at, Name: "prod", Forbids: "allowed_account_ids", ID: "123456789012"}), true},
		{"own account unknown", diags.Account(diags.AccountError{At: at, Err: failure(awsapi.ErrUnreachable)}), true},
		{"role not assumed", diags.Account(diags.AccountError{At: at, Name: "prod", Err: failure(awsapi.ErrDenied)}), true},
		{"account gone", diags.AccountGone(diag.Diagnostics{diags.Account(diags.AccountError{At: at, Name: "prod", Unknown: true})}), true},
		{"proofs left", diags.ProofsLeft(map[string][]string{"_www.example.com": {`"d2.cloudfront.net"`}}, nil), true},
		{"proofs left", diags.ProofsLeft(map[string][]string{"_www.example.com": {`"d2.cloudfront.net"`}}, failure(awsapi.ErrDenied)), true},
		{"no account name", diags.NotAnAccountName(at, "a b"), true},
		{"account not asked", diags.AccountNotAsked("allowed_account_ids"), true},
		{"endpoint of one kind", diags.EndpointOfOneKind(at, "use_fips_endpoint"), true},
		{"no region", diags.Region(path.Root("region"), typo), true},
		{"no region", diags.Region(path.Root("region"), &awsapi.RegionError{Region: "mars-1"}), true},
		{"no region", unusable("", typo), true},
		{"no region", unusable("region", typo), true},
		{"other partition", diags.Region(path.Root("region"), &awsapi.RegionError{Region: "cn-north-1", Partition: "AWS China, aws-cn"}), true},
		{"no profile", unusable("profile", errors.New("the shared files have no profile \"prod\"")), true},
		{"no bundle", unusable("custom_ca_bundle", errors.New("open ca.pem: no such file or directory")), true},
		{"no token file", unusable("assume_role_with_web_identity", errors.New("open token: no such file or directory")), true},
		{"unusable setting", unusable("shared_config_files", errors.New("no home")), true},
		{"unusable environment", unusable("", errors.New("AWS_MAX_ATTEMPTS is no number")), true},
		{"no credentials", diags.UnusableSetting(failure(awsapi.ErrNoCredentials)), true},
		{"account unknown", diags.AccountUnknown("allowed_account_ids", failure(awsapi.ErrUnreachable)), true},
		{"account unknown", diags.AccountUnknown("allowed_account_ids", failure(awsapi.ErrRefused)), true},
		{"wrong account", diags.WrongAccount("allowed_account_ids", "123456789012", "arn:aws:iam::123456789012:user/alice", []string{"210987654321"}), true},
		{"wrong account", diags.WrongAccount("forbidden_account_ids", "123456789012", "arn:aws:iam::123456789012:user/alice", []string{"123456789012"}), true},
	}
}

func TestExpiredCredentialsNameTheStepTheyEndedAt(t *testing.T) {
	t.Parallel()
	spec, obs := world("E1BLUE", "E1BLUE")
	step, err := switchover.Next(spec, obs)
	if err != nil {
		t.Fatal(err)
	}
	s := diags.SwitchStop{Stop: stopped{Spec: spec, Sight: seen(obs), Err: failure(awsapi.ErrExpired)}}
	if d := diags.Stopped(s).Detail(); !strings.Contains(d, "The run was "+step.String()+", when") {
		t.Errorf("it does not say that it was %s:\n%s", step, d)
	}
	s.Sight = seen(switchover.Observation{}) // the first look failed
	if d := diags.Stopped(s).Detail(); strings.Contains(d, "The run was") {
		t.Errorf("it speaks of a step, and has seen nothing:\n%s", d)
	}
}
