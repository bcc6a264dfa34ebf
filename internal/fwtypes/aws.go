package fwtypes

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

var (
	accountID   = regexp.MustCompile(`^\d{12}$`)
	roleARN     = regexp.MustCompile(`^arn:aws:iam::\d{12}:role/[\w+=,.@/-]+$`)
	otherRole   = regexp.MustCompile(`^arn:(aws-[a-z-]+):iam::\d{12}:role/`)
	sessionARN  = regexp.MustCompile(`^arn:aws:sts::(\d{12}):assumed-role/([\w+=,.@-]+)/`)
	policyARN   = regexp.MustCompile(`^arn:aws:iam::(\d{12}|aws):policy/[\w+=,.@/-]+$`)
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	externalID  = regexp.MustCompile(`^[\w+=,.@:/-]+$`)
)

// AccountID accepts the number of an AWS account.
func AccountID() validator.String {
	return check{"an AWS account number", "Not an AWS account number", func(s string) string {
		if accountID.MatchString(s) {
			return ""
		}
		return fmt.Sprintf("%q is not the number of an AWS account, which has 12 digits. Write it in quotes, such as \"012345678901\": a number loses its leading zeros.", s)
	}}
}

// RoleARN accepts the ARN of an IAM role. That there is one is for others to say.
func RoleARN() validator.String {
	return check{"the ARN of an IAM role", "Not the ARN of a role", func(s string) string {
		if s == "" || roleARN.MatchString(s) {
			return ""
		}
		if m := otherRole.FindStringSubmatch(s); m != nil {
			return fmt.Sprintf("%q is in the partition %s, which has accounts of its own: its roles have no access to CloudFront's global endpoints. Write a role of the partition aws, arn:aws:iam::….", s, m[1])
		}
		if m := sessionARN.FindStringSubmatch(s); m != nil {
			return fmt.Sprintf("%q is a session of a role. Write the role itself, \"arn:aws:iam::%s:role/%s\", with its path if it has one.", s, m[1], m[2])
		}
		return fmt.Sprintf("%q is not the ARN of an IAM role. Write, for example, \"arn:aws:iam::123456789012:role/deploy\".", s)
	}}
}

// PolicyARN accepts the ARN of a managed policy.
func PolicyARN() validator.String {
	return check{"the ARN of an IAM policy", "Not the ARN of a policy", func(s string) string {
		if policyARN.MatchString(s) {
			return ""
		}
		return fmt.Sprintf("%q is not the ARN of a managed policy. Write, for example, \"arn:aws:iam::aws:policy/CloudFrontReadOnlyAccess\".", s)
	}}
}

// SessionName accepts the name of a session, and what follows the same rule.
func SessionName() validator.String {
	return check{"2 to 64 letters, digits and +=,.@-_", "Not a session name", func(s string) string {
		if sessionName.MatchString(s) {
			return ""
		}
		return fmt.Sprintf("%q cannot be used: AWS takes 2 to 64 letters, digits, and any of +=,.@-_. Write, for example, \"terraform\".", s)
	}}
}

// ExternalID accepts what a role may want to hear. The value is not repeated.
func ExternalID() validator.String {
	return check{"an external id", "Not an external id", func(s string) string {
		if externalID.MatchString(s) && len(s) >= 2 && len(s) <= 1224 {
			return ""
		}
		return "AWS takes 2 to 1224 letters, digits, and any of +=,.@:/-_. Write the external id as the owner of the role gave it."
	}}
}

// PolicyDocument accepts an IAM policy, as far as it is JSON.
func PolicyDocument() validator.String {
	return check{"an IAM policy in JSON", "Not an IAM policy", func(s string) string {
		var document map[string]json.RawMessage
		if err := json.Unmarshal([]byte(s), &document); err != nil {
			return fmt.Sprintf("It is not a JSON object: %s. Write it with jsonencode({ Version = \"2012-10-17\", Statement = [...] }), or take `json` of an aws_iam_policy_document.", err)
		}
		if document["Statement"] == nil {
			return "It has no Statement. Write it with jsonencode({ Version = \"2012-10-17\", Statement = [...] })."
		}
		return ""
	}}
}

// SessionDuration accepts how long a session of a role may last. Whether it parses
// is for the attribute's type to say.
func SessionDuration() validator.String {
	return check{"a duration from 15m to 12h", "No such length of a session", func(s string) string {
		if d, err := time.ParseDuration(s); err == nil && (d < 15*time.Minute || d > 12*time.Hour) {
			return fmt.Sprintf("AWS lets the session of a role last from 15 minutes to 12 hours, and %q is not within. Write, for example, \"1h\". A session is renewed when it ends, so it need not outlast the cutover.", s)
		}
		return ""
	}}
}

// ProxyURL accepts the URL of a proxy, and "" for none. It may hold a password, so
// the value is not repeated.
func ProxyURL() validator.String {
	return check{"the URL of a proxy", "Not the URL of a proxy", func(s string) string {
		if s == "" {
			return ""
		}
		u, err := url.Parse(s)
		switch {
		case err != nil:
			return "It cannot be read as a URL; characters such as @ or / in a password are written in their %-form. Write, for example, \"http://proxy.example.com:3128\"."
		case !strings.HasPrefix(u.Scheme, "http") && u.Scheme != "socks5" || u.Host == "":
			return "It needs a scheme and a host. Write, for example, \"http://proxy.example.com:3128\", or \"\" for no proxy."
		}
		return ""
	}}
}

// Endpoint accepts the URL of a service. It may hold a password, so the value is
// not repeated.
func Endpoint(example string) validator.String {
	return check{"a URL", "Not the URL of a service", func(s string) string {
		if HTTPURL.MatchString(s) {
			return ""
		}
		return fmt.Sprintf("It is not a URL that begins with http:// or https:// and names a host. Write, for example, %q.", example)
	}}
}
