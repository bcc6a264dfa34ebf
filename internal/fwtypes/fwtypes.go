// Package fwtypes holds validators for the kinds of value that several resources
// take. Each says which value is wrong, why, and what to write instead.
package fwtypes

import (
	"context"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// check is a validator.String made of one function, which returns "" for a good
// value and else what is wrong with it and what to write.
type check struct {
	describes string
	summary   string
	judge     func(string) string
}

// Text accepts what judge finds nothing wrong with.
func Text(describes, summary string, judge func(string) string) validator.String {
	return check{describes, summary, judge}
}

// Description implements validator.String.
func (c check) Description(context.Context) string { return c.describes }

// MarkdownDescription implements validator.String.
func (c check) MarkdownDescription(context.Context) string { return c.describes }

// ValidateString implements validator.String.
func (c check) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if problem := c.judge(req.ConfigValue.ValueString()); problem != "" {
		resp.Diagnostics.AddAttributeError(req.Path, c.summary, problem)
	}
}

var label = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$`)

// DomainProblem says what is wrong with an alternate domain name, "" if nothing.
// Source: CloudFront developer guide, requirements for alternate domain names.
func DomainProblem(name string) string {
	labels := strings.Split(strings.TrimPrefix(name, "*."), ".")
	switch {
	case name == "":
		return "The name is empty. Write a domain name such as www.example.com."
	case strings.Contains(name, "://") || strings.ContainsAny(name, "/: "):
		return fmt.Sprintf("%q is not a bare domain name. Write the host only, such as www.example.com, without scheme, port or path.", name)
	case strings.HasSuffix(name, "."):
		return fmt.Sprintf("%q ends with a dot. Write %q.", name, strings.TrimSuffix(name, "."))
	case name != strings.ToLower(name):
		return fmt.Sprintf("CloudFront keeps alternate domain names in lower case. Write %q.", strings.ToLower(name))
	case len(name) > 253:
		return fmt.Sprintf("%q is longer than the 253 characters DNS allows.", name)
	case net.ParseIP(name) != nil:
		return fmt.Sprintf("%q is an IP address. Write a domain name such as www.example.com.", name)
	case len(labels) < 2:
		return fmt.Sprintf("%q has no domain. Write a full name such as www.example.com.", name)
	}
	for _, l := range labels {
		if strings.Contains(l, "*") {
			return fmt.Sprintf("%q has a wildcard that is not the whole first label. CloudFront takes *.example.com, never w*.example.com or www.*.com.", name)
		}
		if !label.MatchString(l) {
			return fmt.Sprintf("%q is not a domain name: the label %q is not 1 to 63 letters, digits and hyphens. Write a name such as www.example.com; a name with other characters in its xn-- form.", name, l)
		}
	}
	return ""
}

// DomainName accepts a domain name without a wildcard.
func DomainName() validator.String {
	return check{"a domain name in lower case", "Not a domain name", func(s string) string {
		if strings.HasPrefix(s, "*.") {
			return fmt.Sprintf("%q is a wildcard, and nobody can send a request to that. Write one name under it.", s)
		}
		return DomainProblem(s)
	}}
}

// Alias accepts an alternate domain name, a wildcard included.
func Alias() validator.String {
	return check{"an alternate domain name in lower case", "Not an alternate domain name", DomainProblem}
}

// OneOf accepts the given values.
func OneOf(values ...string) validator.String {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = strconv.Quote(v)
	}
	choice := strings.Join(quoted, " or ")
	return check{choice, "No such choice", func(s string) string {
		if slices.Contains(values, s) {
			return ""
		}
		return fmt.Sprintf("%q is none of the values this attribute takes. Write %s.", s, choice)
	}}
}

var (
	distributionID = regexp.MustCompile(`^E[A-Z0-9]{5,}$`)
	zoneID         = regexp.MustCompile(`^Z[A-Z0-9]+$`)
)

// DistributionID accepts the id of a CloudFront distribution.
func DistributionID() validator.String {
	return check{"the id of a CloudFront distribution", "Not a distribution id", func(s string) string {
		if distributionID.MatchString(s) {
			return ""
		}
		if id := s[strings.LastIndex(s, "/")+1:]; distributionID.MatchString(id) {
			return fmt.Sprintf("%q is an ARN. Write the id, %q.", s, id)
		}
		if strings.HasSuffix(s, ".cloudfront.net") {
			return fmt.Sprintf("%q is a domain name. Write the distribution's id, an E followed by capital letters and digits.", s)
		}
		return fmt.Sprintf("%q is not the id of a distribution, which is an E followed by capital letters and digits. Write, for example, aws_cloudfront_distribution.blue.id.", s)
	}}
}

// ZoneID accepts the id of a Route 53 hosted zone.
func ZoneID() validator.String {
	return check{"the id of a Route 53 hosted zone", "Not a hosted zone id", func(s string) string {
		if zoneID.MatchString(s) {
			return ""
		}
		if id := s[strings.LastIndex(s, "/")+1:]; zoneID.MatchString(id) {
			return fmt.Sprintf("Write %q without what stands before it.", id)
		}
		return fmt.Sprintf("%q is not the id of a hosted zone, which is a Z followed by capital letters and digits. Write, for example, aws_route53_zone.this.zone_id.", s)
	}}
}

// Path accepts the path of a URL.
func Path() validator.String {
	return check{"a path", "Not a path", func(s string) string {
		if !strings.HasPrefix(s, "/") {
			return fmt.Sprintf("%q does not begin with a slash. Write %q, or use `url` for a whole URL.", s, "/"+s)
		}
		return ""
	}}
}

// Regexp accepts what Go's regexp package compiles.
func Regexp() validator.String {
	return check{"a regular expression (RE2)", "Not a regular expression", func(s string) string {
		if _, err := regexp.Compile(s); err != nil {
			return fmt.Sprintf("%q cannot be compiled: %s. Write it in RE2 syntax, which knows no look-ahead and no back references; in HCL a backslash is written \\\\.", s, err)
		}
		return ""
	}}
}

// HostPort accepts host:port.
func HostPort() validator.String {
	return check{"host:port", "Not a host and port", func(s string) string {
		h, p, err := net.SplitHostPort(s)
		if n, perr := strconv.ParseUint(p, 10, 16); err != nil || h == "" || strings.ContainsAny(h, "/ ") || perr != nil || n == 0 {
			return fmt.Sprintf("%q is not of the form host:port. Write, for example, \"d111111abcdef8.cloudfront.net:443\".", s)
		}
		return ""
	}}
}

// NotNegative accepts a Go duration of zero or more. Whether it parses is for the
// attribute's type to say.
func NotNegative() validator.String {
	return check{"a duration of zero or more", "Negative duration", func(s string) string {
		if d, err := time.ParseDuration(s); err == nil && d < 0 {
			return fmt.Sprintf("%q lies in the past. Write a duration of zero or more, such as %q.", s, strings.TrimPrefix(s, "-"))
		}
		return ""
	}}
}

// HTTPURL matches what an endpoint is written as.
var HTTPURL = regexp.MustCompile(`^https?://[^/\s]+(/\S*)?$`)

// OrNull is a text, or null where there is none.
func OrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// Quoted lists texts for a sentence, each in quotes.
func Quoted(texts []string, between string) string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = strconv.Quote(t)
	}
	return strings.Join(out, between)
}
