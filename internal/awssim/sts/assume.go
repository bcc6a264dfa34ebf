package sts

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// chained is how long a session may last that a session assumed (IAM user guide,
// role chaining).
const chained = time.Hour

func (s *Service) assumeRole(r *wire.Request, in map[string]any) (*wire.Response, error) {
	who, err := s.identify(r.AccessKey)
	if err != nil {
		return nil, err
	}
	arn := text(in, "RoleArn")
	to := s.roles[arn]
	refuse := func(action string) error {
		return denied("User: %s is not authorized to perform: %s on resource: %s", who.ARN, action, arn)
	}
	// A role that does not exist is not told from one that does not trust the caller.
	if to == nil || !to.trusts(who) || to.ExternalID != "" && to.ExternalID != text(in, "ExternalId") {
		return nil, refuse("sts:AssumeRole")
	}
	needs := []string{"sts:AssumeRole"}
	if in["Tags"] != nil {
		needs = append(needs, "sts:TagSession")
	}
	if in["SourceIdentity"] != nil {
		needs = append(needs, "sts:SetSourceIdentity")
	}
	for _, action := range needs {
		if !anyOf(to.Grants)(action) || !who.May(action) {
			return nil, refuse(action)
		}
	}
	made := &session{transitive: map[string]string{}, source: text(in, "SourceIdentity")}
	if from := s.sessions[r.AccessKey]; from != nil {
		if from.source != "" && made.source != "" && made.source != from.source {
			return nil, denied("User: %s is not authorized to perform: sts:SetSourceIdentity on resource: %s: the source identity is already set", who.ARN, arn)
		}
		made.transitive = maps.Clone(from.transitive)
		if made.source == "" {
			made.source = from.source
		}
	}
	if err := made.tag(in); err != nil {
		return nil, err
	}
	lasts, err := to.lasts(in, who.role != "")
	if err != nil {
		return nil, err
	}
	credentials, err := s.begin(made, to, r, in, lasts)
	if err != nil {
		return nil, err
	}
	var source *wire.Node
	if made.source != "" {
		source = wire.Text("SourceIdentity", made.source)
	}
	return &wire.Response{Body: wire.Elem("AssumeRoleResult", made.user(), credentials, source)}, nil
}

func (s *Service) assumeWithToken(r *wire.Request, in map[string]any) (*wire.Response, error) {
	t, err := s.readToken(text(in, "WebIdentityToken"))
	if err != nil {
		return nil, err
	}
	to := s.roles[text(in, "RoleArn")]
	if to == nil || to.Issuer != t.Issuer || !slices.Contains(t.Audience, to.Audience) || !matches(to.Subject, t.Subject) {
		return nil, denied("Not authorized to perform sts:AssumeRoleWithWebIdentity")
	}
	lasts, err := to.lasts(in, false)
	if err != nil {
		return nil, err
	}
	made := &session{}
	credentials, err := s.begin(made, to, r, in, lasts)
	if err != nil {
		return nil, err
	}
	return &wire.Response{Body: wire.Elem("AssumeRoleWithWebIdentityResult", made.user(), credentials,
		wire.Text("SubjectFromWebIdentityToken", t.Subject), wire.Text("Audience", to.Audience), wire.Text("Provider", t.Issuer))}, nil
}

// trusts says whether the role's trust policy names a caller.
func (r *role) trusts(c Caller) bool {
	return slices.ContainsFunc(r.Trusts, func(arn string) bool {
		return arn == "*" || arn == c.ARN || arn == c.role && arn != "" || arn == "arn:aws:iam::"+c.Account+":root"
	})
}

// lasts is how long a session may last.
func (r *role) lasts(in map[string]any, chain bool) (time.Duration, error) {
	asked, ok := in["DurationSeconds"].(float64)
	if !ok {
		return min(r.MaxSession, time.Hour), nil
	}
	d := time.Duration(asked) * time.Second
	if chain && d > chained {
		return 0, invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	}
	if d > r.MaxSession {
		return 0, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return d, nil
}

// tag takes the tags of a request. One that sticks cannot be set again.
func (s *session) tag(in map[string]any) error {
	given := map[string]string{}
	list, _ := in["Tags"].([]any)
	for _, x := range list {
		t, _ := x.(map[string]any)
		key := text(t, "Key")
		if _, twice := given[key]; twice {
			return invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		if _, sticks := s.transitive[key]; sticks {
			return invalid("One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session: %s", key)
		}
		given[key] = text(t, "Value")
	}
	keys, _ := in["TransitiveTagKeys"].([]any)
	for _, x := range keys {
		key, _ := x.(string)
		value, ok := given[key]
		if !ok {
			return invalid("The specified transitive tag key must be included in the requested tags.")
		}
		s.transitive[key] = value
	}
	return nil
}

// begin makes the credentials of a session and starts it.
func (s *Service) begin(made *session, to *role, r *wire.Request, in map[string]any, lasts time.Duration) (*wire.Node, error) {
	limits, err := s.sessionPolicy(in)
	if err != nil {
		return nil, err
	}
	name := text(in, "RoleSessionName")
	made.Caller = Caller{
		ARN:    fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", to.Account, to.Name[strings.LastIndex(to.Name, "/")+1:], name),
		UserID: to.id + ":" + name, Account: to.Account, role: to.arn,
		may: append(allowing(to.Allow), limits...),
	}
	key := s.draw("ASIA", 16)
	made.secret, made.token = s.draw("", 40), s.draw("IQoJb3JpZ2luX2VjE", 120)
	if made.version = s.tokens(); made.version == 0 {
		made.version = 2
		if host, _, _ := strings.Cut(r.Host, ":"); host == "sts.amazonaws.com" { // IAM user guide, STS session tokens and regions
			made.version = 1
		}
	}
	made.expires = s.clock.Now().Add(lasts).Truncate(time.Second)
	s.sessions[key] = made
	return wire.Elem("Credentials",
		wire.Text("AccessKeyId", key), wire.Text("SecretAccessKey", made.secret), wire.Text("SessionToken", made.token),
		wire.Text("Expiration", made.expires.UTC().Format(time.RFC3339))), nil
}

func (s *session) user() *wire.Node {
	return wire.Elem("AssumedRoleUser", wire.Text("AssumedRoleId", s.UserID), wire.Text("Arn", s.ARN))
}
