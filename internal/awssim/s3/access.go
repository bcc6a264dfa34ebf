package s3

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A requester is who asks without being the owner: anybody, or CloudFront on behalf
// of a distribution.
type requester struct {
	distribution string // ARN; empty: no distribution signs
	account      string // of the distribution
	identity     string // id of an origin access identity; empty: none
	secure       bool   // over TLS
}

// A statement of a bucket policy, as far as it is understood here. What is not
// understood (an operator, a kind of principal) allows and denies nothing.
type statement struct {
	Effect    string
	Principal principal
	Action    texts
	Resource  texts
	Condition map[string]map[string]texts

	// A policy with these is refused, so that it is not read as one without them.
	NotPrincipal, NotAction, NotResource json.RawMessage
}

// texts is one text or several.
type texts []string

// UnmarshalJSON implements json.Unmarshaler.
func (t *texts) UnmarshalJSON(raw []byte) error {
	var one any
	if err := json.Unmarshal(raw, &one); err != nil {
		return err
	}
	switch v := one.(type) {
	case []any:
		var out []string
		if err := json.Unmarshal(raw, &out); err != nil {
			return err
		}
		*t = out
	case bool: // as in "aws:SecureTransport": false
		*t = texts{strings.TrimSpace(string(raw))}
	default:
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		*t = texts{s}
		_ = v
	}
	return nil
}

// principal maps kinds (AWS, Service) to names; "*" stands under AWS.
type principal map[string]texts

// UnmarshalJSON implements json.Unmarshaler.
func (p *principal) UnmarshalJSON(raw []byte) error {
	var all string
	if json.Unmarshal(raw, &all) == nil {
		*p = principal{"AWS": {all}}
		return nil
	}
	out := map[string]texts{}
	if err := json.Unmarshal(raw, &out); err != nil {
		return err
	}
	*p = out
	return nil
}

func (p principal) anybody() bool { return slices.Contains(p["AWS"], "*") }

func malformed(why string) error {
	return failure("MalformedPolicy", http.StatusBadRequest, why)
}

// readPolicy reads a bucket policy and refuses what S3 refuses in one.
func (s *Service) readPolicy(b *bucket, raw []byte) ([]statement, error) {
	var doc struct {
		Version   string
		Statement json.RawMessage
	}
	if err := json.Unmarshal(raw, &doc); err != nil || doc.Statement == nil {
		return nil, malformed("Policies must be valid JSON and the first byte must be '{'")
	}
	var out []statement
	if json.Unmarshal(doc.Statement, &out) != nil {
		var one statement
		if err := json.Unmarshal(doc.Statement, &one); err != nil {
			return nil, malformed("This policy contains invalid Json")
		}
		out = []statement{one}
	}
	for _, x := range out {
		switch {
		case x.Effect != "Allow" && x.Effect != "Deny":
			return nil, malformed("Invalid effect: " + x.Effect)
		case x.NotPrincipal != nil || x.NotAction != nil || x.NotResource != nil:
			return nil, &wire.Error{Code: "NotImplemented", Status: http.StatusNotImplemented, Message: "the simulator knows no NotPrincipal, NotAction and NotResource"}
		case x.Principal == nil:
			return nil, malformed("Missing required field Principal")
		case len(x.Action) == 0:
			return nil, malformed("Missing required field Action")
		case len(x.Resource) == 0:
			return nil, malformed("Missing required field Resource")
		}
		for _, r := range x.Resource {
			name, _, _ := strings.Cut(strings.TrimPrefix(r, "arn:aws:s3:::"), "/")
			if !strings.HasPrefix(r, "arn:aws:s3:::") || !match(name, b.name) {
				return nil, malformed("Policy has invalid resource")
			}
		}
		if err := s.fits(x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

var (
	accountPrincipal = regexp.MustCompile(`^(\*|\d{12}|arn:aws:iam::\d{12}:(root|user/.+|role/.+)|arn:aws:sts::\d{12}:(assumed-role|federated-user)/.+|AIDA\w+|AROA\w+)$`)
	servicePrincipal = regexp.MustCompile(`^[a-z0-9.-]+\.amazonaws\.com$`)
)

// identityARN precedes the id of an origin access identity in a policy.
const identityARN = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity "

// fits refuses principals that there cannot be, and actions that no resource of the
// statement has: the commonest mistake in a bucket policy.
func (s *Service) fits(x statement) error {
	for kind, names := range x.Principal {
		for _, name := range names {
			ok := true
			switch kind {
			case "AWS":
				if id, identity := strings.CutPrefix(name, identityARN); identity {
					_, ok = s.opts.Identity(id)
				} else {
					ok = accountPrincipal.MatchString(name)
				}
			case "Service":
				ok = servicePrincipal.MatchString(name)
			case "CanonicalUser", "Federated":
			default:
				ok = false
			}
			if !ok {
				return malformed("Invalid principal in policy")
			}
		}
	}
	for _, action := range x.Action {
		name, ours := strings.CutPrefix(strings.ToLower(action), "s3:")
		if !ours && action != "*" {
			return malformed("Policy has invalid action")
		}
		if !ours || strings.ContainsAny(name, "*?") {
			continue
		}
		objects := strings.Contains(name, "object") && name != "getbucketobjectlockconfiguration" && name != "putbucketobjectlockconfiguration" || strings.Contains(name, "multipart") && name != "listbucketmultipartuploads"
		if !slices.ContainsFunc(x.Resource, func(r string) bool { return strings.Contains(r, "/") == objects || strings.HasSuffix(r, "*") }) {
			return malformed("Action does not apply to any resource(s) in statement")
		}
	}
	return nil
}

// public says whether strangers are let in.
func public(statements []statement) bool {
	return slices.ContainsFunc(statements, func(s statement) bool {
		return s.Effect == "Allow" && s.Principal.anybody() && len(s.Condition) == 0
	})
}

// allowed asks the bucket's policy; key is empty for an action on the bucket itself.
func (s *Service) allowed(b *bucket, who requester, action, key string) bool {
	if who.distribution == "" && who.identity == "" && public(b.statements) && b.settings["PublicAccessBlock"].True("RestrictPublicBuckets") {
		return false
	}
	resource := "arn:aws:s3:::" + b.name
	if key != "" {
		resource += "/" + key
	}
	granted := false
	for _, x := range b.statements {
		applies := (x.Principal.anybody() || who.distribution != "" && slices.Contains(x.Principal["Service"], "cloudfront.amazonaws.com") || s.is(who, x.Principal)) &&
			slices.ContainsFunc(x.Action, func(p string) bool { return match(strings.ToLower(p), strings.ToLower(action)) }) &&
			slices.ContainsFunc(x.Resource, func(p string) bool { return match(p, resource) }) &&
			s.conditions(x.Condition, who)
		if applies && x.Effect == "Deny" {
			return false
		}
		granted = granted || applies
	}
	return granted
}

// is says whether a principal names the origin access identity that asks, in either way.
func (s *Service) is(who requester, p principal) bool {
	user, ok := s.opts.Identity(who.identity)
	return ok && (slices.Contains(p["AWS"], identityARN+who.identity) || slices.Contains(p["CanonicalUser"], user))
}

// conditions says whether all of them hold.
func (s *Service) conditions(list map[string]map[string]texts, who requester) bool {
	context := map[string]string{"aws:securetransport": "false"}
	if who.secure {
		context["aws:securetransport"] = "true"
	}
	if who.distribution != "" {
		context["aws:sourcearn"], context["aws:sourceaccount"] = who.distribution, who.account
	}
	for operator, keys := range list {
		operator, ifExists := strings.CutSuffix(operator, "IfExists")
		for key, wanted := range keys {
			value, there := context[strings.ToLower(key)]
			if !there && ifExists {
				continue
			}
			equal := slices.ContainsFunc(wanted, func(w string) bool { return w == value })
			like := slices.ContainsFunc(wanted, func(w string) bool { return match(w, value) })
			holds := map[string]bool{
				"StringEquals": there && equal, "ArnEquals": there && like, "StringLike": there && like, "ArnLike": there && like, "Bool": there && equal,
				"StringNotEquals": !equal, "ArnNotEquals": !like, "StringNotLike": !like, "ArnNotLike": !like,
			}[operator]
			if !holds {
				return false
			}
		}
	}
	return true
}

// match is IAM's pattern: * is any text, ? one character.
func match(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

func (s *Service) getPolicy(c *call) (*wire.Response, error) {
	if c.bucket.policy == nil {
		return nil, failure("NoSuchBucketPolicy", http.StatusNotFound, "The bucket policy does not exist", wire.Text("BucketName", c.bucket.name))
	}
	return (&wire.Response{Raw: c.bucket.policy}).WithHeader("Content-Type", "application/json"), nil
}

func (s *Service) putPolicy(c *call) (*wire.Response, error) {
	list, err := s.readPolicy(c.bucket, c.Raw)
	if err != nil {
		return nil, err
	}
	if public(list) && c.bucket.settings["PublicAccessBlock"].True("BlockPublicPolicy") {
		return nil, failure("AccessDenied", http.StatusForbidden, "User: arn:aws:iam::"+s.opts.Account+":user/simulated is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::"+
			c.bucket.name+"\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.")
	}
	c.bucket.policy, c.bucket.statements = c.Raw, list
	return &wire.Response{Status: http.StatusNoContent}, nil
}

func (s *Service) deletePolicy(c *call) (*wire.Response, error) {
	c.bucket.policy, c.bucket.statements = nil, nil
	return &wire.Response{}, nil
}

func (s *Service) getPolicyStatus(c *call) (*wire.Response, error) {
	if c.bucket.policy == nil {
		return s.getPolicy(c)
	}
	return &wire.Response{Body: wire.Elem("PolicyStatus", wire.Text("IsPublic", map[bool]string{true: "TRUE", false: "FALSE"}[public(c.bucket.statements)]))}, nil
}
