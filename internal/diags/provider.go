package diags

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// HalfKeyPair refuses one of two settings that only make sense together.
func HalfKeyPair() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("access_key"), "Half a key pair",
		"`access_key` and `secret_key` go together. Write both, or neither to take credentials from the environment.")
}

// TokenAlone refuses a session token without the keys it belongs to.
func TokenAlone() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("token"), "A session token without its keys",
		"`token` is the third part of temporary credentials, and of no use without the other two. Write `access_key` and `secret_key` as well, or none of the three.")
}

// KeysAndToken refuses two ways to be somebody at once.
func KeysAndToken() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("access_key"), "Keys and a web identity at once",
		"With `access_key` set, `assume_role_with_web_identity` would never be used. Write one of them. To assume a role with the keys, use `assume_role`.")
}

// RequestTimeoutTooShort refuses a limit that AWS does not keep on a good day.
func RequestTimeoutTooShort() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("request_timeout"), "No time for AWS to answer",
		"Answers take a second or two, and lists of a large account longer. Write at least \"1s\", better \"10s\" or more, or leave it out.")
}

// PollingAllTheTime refuses an interval of zero.
func PollingAllTheTime() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("poll_interval"), "No time between two looks",
		"CloudFront throttles callers who look all the time. Write an interval such as \"15s\", or leave it out.")
}

// NoAttempt refuses to call nobody at all.
func NoAttempt() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("max_retries"), "Not a single attempt",
		"`max_retries` counts the attempts at a call, the first one included. Write 1 for no retry, or leave it out for AWS's default of 3.")
}

// NoInvalidationAtAll refuses a quota below one, under which everybody would wait for ever.
func NoInvalidationAtAll(quota string, preset int) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("invalidation_quotas").AtName(quota), "A quota that allows no invalidation",
		fmt.Sprintf("`%s` has to be at least 1, or every invalidation would wait for ever. Write how many AWS allows, or leave it out for %d.", quota, preset))
}

// RoleWithoutARN refuses a block that names no role: going on without it would be
// going on as somebody else.
func RoleWithoutARN(at path.Path) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, "A role without an ARN",
		"The block says to assume a role and does not say which. Write `role_arn`; or leave the block out, with a `dynamic` block where that depends on a variable.")
}

// WebIdentityWithoutToken refuses a web identity that nothing proves.
func WebIdentityWithoutToken() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("assume_role_with_web_identity"), "A web identity without a token",
		"Nothing proves the identity. Write `web_identity_token_file`, or `web_identity_token`, or set AWS_WEB_IDENTITY_TOKEN_FILE in the environment.")
}

// TwoTokens refuses a token and a file with one.
func TwoTokens() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("assume_role_with_web_identity").AtName("web_identity_token_file"), "Two web identity tokens",
		"`web_identity_token` and `web_identity_token_file` are two ways to say the same. Write one of them; a file is read again when the session is renewed.")
}

// AllowedAndForbidden refuses two lists of which one says it all.
func AllowedAndForbidden() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("forbidden_account_ids"), "Accounts both allowed and forbidden",
		"What `allowed_account_ids` does not hold is forbidden already. Write one of the two lists.")
}

// AccountNotAsked refuses lists of accounts together with the order not to ask.
func AccountNotAsked(list string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("skip_requesting_account_id"), "The account is to be checked and not to be asked for",
		fmt.Sprintf("`%s` can only be kept by asking AWS for the account. Remove `skip_requesting_account_id`, or the list.", list))
}

// EndpointOfOneKind refuses an address together with a choice among AWS's own.
func EndpointOfOneKind(at path.Path, choice string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, "An endpoint that is also to be chosen by AWS",
		fmt.Sprintf("`%s` chooses among AWS's own addresses, and AWS's SDK refuses it together with an address that is given. Remove one of the two.", choice))
}

// UnusableSetting words what Load found wrong before anybody was called.
func UnusableSetting(err error) diag.Diagnostic {
	setting := ""
	if s, ok := errors.AsType[*awsapi.SettingError](err); ok {
		setting = s.Setting
	}
	if region, ok := errors.AsType[*awsapi.RegionError](err); ok {
		if setting == "" {
			summary, detail := wordRegion(region)
			return diag.NewErrorDiagnostic(summary, paragraphs(detail, "The region comes from AWS_REGION, AWS_DEFAULT_REGION or the profile."))
		}
		return Region(path.Root(setting), region)
	}
	switch {
	case setting == "assume_role_with_web_identity":
		return diag.NewAttributeErrorDiagnostic(path.Root(setting).AtName("web_identity_token_file"), "The web identity token cannot be read",
			paragraphs("  "+err.Error(), "Write the path of the file in which the token is, on the machine that runs Terraform."))
	case setting == "profile":
		return diag.NewAttributeErrorDiagnostic(path.Root(setting), "There is no such profile",
			paragraphs("  "+err.Error(), "Write a profile that `aws configure list-profiles` shows, or name the files that have it in `shared_config_files` and `shared_credentials_files`."))
	case setting == "custom_ca_bundle":
		return diag.NewAttributeErrorDiagnostic(path.Root(setting), "The CA bundle cannot be used",
			paragraphs("  "+err.Error(), "Write the path of a readable file with certificates in PEM form."))
	case setting != "":
		return diag.NewAttributeErrorDiagnostic(path.Root(setting), "A setting of the provider cannot be used", paragraphs("  "+awsapi.Brief(err), "Correct it, or leave it out."))
	case errors.Is(err, awsapi.ErrCredentials):
		return NoCredentials(err)
	default:
		return diag.NewErrorDiagnostic("The AWS configuration cannot be used",
			paragraphs("  "+awsapi.Brief(err), "It comes from the environment or from a shared configuration file. Correct it there."))
	}
}

// Region refuses a region at an attribute.
func Region(at path.Path, err error) diag.Diagnostic {
	region, ok := errors.AsType[*awsapi.RegionError](err)
	if !ok {
		return diag.NewAttributeErrorDiagnostic(at, "There is no such region", err.Error())
	}
	summary, detail := wordRegion(region)
	return diag.NewAttributeErrorDiagnostic(at, summary, detail)
}

func wordRegion(r *awsapi.RegionError) (summary, detail string) {
	if r.Partition != "" {
		return "CloudFront is not served from this region", fmt.Sprintf(
			"%s is in the partition %s, which has accounts of its own: its credentials have no access to the global endpoints of CloudFront and Route 53. "+
				"Write a region of the partition aws, such as \"us-east-1\", and use credentials of an account there.", r.Region, r.Partition)
	}
	write := "Write a region such as \"us-east-1\""
	if r.Near != "" {
		write = fmt.Sprintf("Write %q, if that is what is meant", r.Near)
	}
	return "There is no such region", fmt.Sprintf("AWS had no region %q when this provider was built. %s; for a region that is newer than the provider, set `skip_region_validation = true`.", r.Region, write)
}

// NoCredentials words a provider that found nobody to be, or one whose credentials are over.
func NoCredentials(err error) diag.Diagnostic {
	failed, kind := awsapi.Brief(err), awsapi.ErrNoCredentials
	if call, ok := errors.AsType[*awsapi.Error](err); ok {
		failed = call.Error()
	}
	if errors.Is(err, awsapi.ErrExpired) {
		kind = awsapi.ErrExpired
	}
	summary, advice, _ := failure(kind)
	return diag.NewErrorDiagnostic(summary, paragraphs("  "+failed, advice))
}

// AccountUnknown words a check of the account that got no answer.
func AccountUnknown(setting string, err error) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root(setting), "The AWS account could not be checked",
		paragraphs("  "+describe(err), "Nothing was read or changed.", adviceFor(err, "Fix the cause and plan again.")))
}

// WrongAccount refuses credentials of an account that is not meant.
func WrongAccount(setting, account, arn string, ids []string) diag.Diagnostic {
	slices.Sort(ids)
	why := fmt.Sprintf("`%s` has %s only", setting, list(ids))
	write := "add the account to the list"
	if setting == "forbidden_account_ids" {
		why, write = "`forbidden_account_ids` has it", "remove the account from the list"
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(setting), "The credentials belong to another AWS account",
		paragraphs(fmt.Sprintf("AWS takes the provider for %s, which is in the account %s, and %s.", arn, account, why), "Nothing was read or changed.",
			fmt.Sprintf("Use credentials of the right account, by `profile`, `assume_role` or the environment; or %s.", write)))
}

// NotAnAccountName refuses a name for an account that would not be one elsewhere.
func NotAnAccountName(at path.Path, name string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, "Not a name for an account",
		fmt.Sprintf("%q is how resources and import ids would call the account. Write a letter, and then letters, digits, - and _, such as \"dns\".", name))
}

// An AccountError is why a named account cannot be worked in. what is its situation.
type AccountError struct {
	At   path.Path // the attribute that names it
	Name string
	// Exactly one of these: the names that there are, the other name of the same account, the
	// setting that forbids it, or what was answered.
	Unknown   bool
	Known     []string
	Same      bool
	Other, ID string // Other is "" for the provider's own
	Forbids   string
	Err       error
}

// Account words a named account that cannot be worked in.
func Account(e AccountError) diag.Diagnostic {
	const unread = "Nothing was read or changed."
	say := func(summary string, parts ...string) diag.Diagnostic {
		if e.At.Equal(path.Empty()) {
			return diag.NewErrorDiagnostic(summary, paragraphs(parts...))
		}
		return diag.NewAttributeErrorDiagnostic(e.At, summary, paragraphs(parts...))
	}
	switch {
	case e.Unknown && len(e.Known) == 0:
		return say("There is no such account", fmt.Sprintf("%q names an account, and the provider block has no `accounts`.", e.Name),
			fmt.Sprintf("Write accounts = { %s = { assume_role = { role_arn = … } } } there, or leave `account` out for the provider's own account.", e.Name))
	case e.Unknown:
		return say("There is no such account", fmt.Sprintf("%q is none of `accounts` in the provider block, which has %s.", e.Name, list(e.Known)),
			"Write one of these, add the account there, or leave `account` out for the provider's own account.")
	case e.Same && e.Other == "":
		return say("One account is given as two", fmt.Sprintf("AWS takes the role of the account %s for one of %s, which is the provider's own account.", e.Name, e.ID), unread,
			fmt.Sprintf("Correct the role of %s in `accounts`, or leave `account` out: what names none is in the provider's own account.", e.Name))
	case e.Same:
		return say("One account is given as two", fmt.Sprintf("AWS takes the roles of the accounts %s and %s for roles of one, %s.", e.Other, e.Name, e.ID), unread,
			"Correct one of them in `accounts`, or use one name for both.")
	case e.Forbids != "":
		return say("The provider may not work in the account", fmt.Sprintf("The role of the account %s is one of %s, and `%s` rules that out.", e.Name, e.ID, e.Forbids), unread,
			fmt.Sprintf("Correct the role in `accounts`, or `%s`.", e.Forbids))
	case e.Name == "":
		return say("It could not be asked which account is the provider's own", "  "+describe(e.Err), unread, adviceFor(e.Err, "Fix the cause and apply again."))
	default:
		return say("The role of an account cannot be assumed",
			fmt.Sprintf("The provider cannot work in the account %s:\n\n  %s", e.Name, describe(e.Err)), unread,
			fmt.Sprintf("Correct the role of %s in `accounts` of the provider block, or have it trust whoever the provider is in its own account.", e.Name))
	}
}

// AccountGone warns of a refresh that looked at nothing, because state names an account that
// the provider block has no more.
func AccountGone(why diag.Diagnostics) diag.Diagnostic {
	var details []string
	for _, d := range why {
		details = append(details, "  "+d.Detail())
	}
	return diag.NewWarningDiagnostic("State names an account that is gone",
		paragraphs("Nothing was looked at, and state is kept as it was:", strings.Join(details, "\n"),
			"Where the account has only been renamed, in the provider block and in the configuration, the next apply records the new name."))
}

// ProofsLeft warns of TXT values that a create has added and left, by the name of the record.
// err is why they could not be taken away; nil: nobody has tried, because they say that a
// distribution is disabled only for the time of the cutover, or because the run was told to stop.
func ProofsLeft(left map[string][]string, err error) diag.Diagnostic {
	why := "A distribution is still disabled for the move, or the run was asked to stop. The next apply carries on from them, and takes them away. If there is to be none, look whether one of the distributions has to be enabled, and delete them."
	if err != nil {
		why = "They could not be taken away:\n\n  " + describe(err) + "\n\nAs long as they are there, they let the names go to the distributions that they name. The next apply takes them away; if there is to be none, delete them."
	}
	return diag.NewWarningDiagnostic("Proofs are left in DNS", paragraphs("The create has added these values, and has no state to keep them in:", values(left), why))
}

// values lists values of TXT records by the names of these.
func values(of map[string][]string) string {
	var lines []string
	for _, at := range slices.Sorted(maps.Keys(of)) {
		lines = append(lines, fmt.Sprintf("  %s TXT %s", at, strings.Join(of[at], ", ")))
	}
	return strings.Join(lines, "\n")
}
