package awssim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/cloudfront"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A need is one IAM action on one resource: an ARN, or "*" for actions that know none.
type need struct{ action, resource string }

// permitted says whether the callers of this world may do something.
type permitted func(need) bool

// only permits these actions on all resources; nil, which is everything, for none of them.
func only(actions []string) permitted {
	if len(actions) == 0 {
		return nil
	}
	allow := map[string]bool{}
	for _, a := range actions {
		allow[strings.ToLower(a)] = true
	}
	return func(n need) bool { return allow[strings.ToLower(n.action)] }
}

// evaluating permits what an IAM policy document does.
func evaluating(document string) (permitted, error) {
	statements, err := parsePolicy(document)
	if err != nil {
		return nil, err
	}
	return func(n need) bool {
		allowed := false
		for _, s := range statements {
			if s.covers(n) && s.deny {
				return false
			}
			allowed = allowed || s.covers(n)
		}
		return allowed
	}, nil
}

// limit sets what the callers of the world, or of an account, may do.
func (p *plane) limit(which *permitted, may permitted) {
	p.allowMu.Lock()
	defer p.allowMu.Unlock()
	*which = may
}

// refused returns what a call needs and the caller may not do.
func (p *plane) refused(a *Account, who sts.Caller, r *wire.Request) (need, bool) {
	p.allowMu.Lock()
	all, ours := p.may, a.may
	p.allowMu.Unlock()
	if r.Operation == nil {
		return need{}, false
	}
	lacks := func(n need) bool {
		return !who.May(n.action) || all != nil && !all(n) || ours != nil && !ours(n) || p.foreign(a, n)
	}
	nowhere := r.Service != "sts" && who.Account != a.number // where nothing is
	for _, action := range own(a, r) {
		for _, resource := range a.resources(action, r) {
			if n := (need{action, resource}); nowhere || lacks(n) {
				return n, true
			}
		}
	}
	for _, n := range a.replication(r) {
		if lacks(n) {
			return n, true
		}
	}
	return need{}, false
}

// foreign says whether a resource is of another account. That takes a policy of the resource
// besides one of the caller's, which is there for roles alone: package sts asks it.
func (p *plane) foreign(a *Account, n need) bool {
	parts := strings.Split(n.resource, ":")
	return len(parts) > 5 && !strings.HasPrefix(n.action, "sts:") && parts[4] != "" && parts[4] != a.number && p.account(parts[4]) != nil
}

// replication is what CloudFront asks of other services in the caller's name: of Lambda, where
// versions of functions come to a distribution or leave it, and of S3 for an import. Source: Developer Guide, IAM permissions
// for Lambda@Edge.
func (a *Account) replication(r *wire.Request) []need {
	var before []string
	config := r.Body
	switch {
	case r.Service != "cloudfront" || config == nil:
		return nil
	case r.Operation.Name == "CreateKeyValueStore":
		return imports(config.String("ImportSource", "SourceARN"))
	case r.Operation.Name == "CreateDistribution":
	case r.Operation.Name == "CreateDistributionWithTags":
		config = config.Get("DistributionConfig")
	case r.Operation.Name == "UpdateDistribution":
		before = a.cloudfront.Runs(r.Labels["Id"])
	default:
		return nil
	}
	var out []need
	after := cloudfront.Versions(config)
	for _, arn := range after {
		if !slices.Contains(before, arn) {
			out = append(out, need{"lambda:GetFunction", arn}, need{enableReplication, arn})
		}
	}
	for _, arn := range before {
		if !slices.Contains(after, arn) {
			out = append(out, need{disableReplication, arn})
		}
	}
	return out
}

// imports is what the import of a file into a key value store needs. Source: Developer Guide,
// kvs-with-functions-create-s3-kvp.
func imports(object string) []need {
	if object == "" {
		return nil
	}
	bucket, _, _ := strings.Cut(object, "/")
	return []need{{"s3:GetObject", object}, {"s3:GetBucketLocation", bucket}}
}

// Two actions of Lambda that no operation has. The star is part of the name.
const (
	enableReplication  = "lambda:EnableReplication*"
	disableReplication = "lambda:DisableReplication*"
)

// actions lists what a call needs.
func (p *plane) actions(a *Account, r *wire.Request) []string {
	if r.Operation == nil {
		return nil
	}
	out := own(a, r)
	for _, n := range a.replication(r) {
		if !slices.Contains(out, n.action) {
			out = append(slices.Clone(out), n.action)
		}
	}
	return out
}

// own lists what a call needs of its own service. Only who may list a bucket is told that an object is
// not there. Source: S3 API reference, GetObject, Permissions.
func own(a *Account, r *wire.Request) []string {
	out := Actions(r.Service, r.Operation.Name)
	if r.Service == "s3" && (r.Operation.Name == "GetObject" || r.Operation.Name == "HeadObject") && a.s3.Lacks(r.Labels["Bucket"], r.Labels["Key"]) {
		out = append(slices.Clone(out), "s3:ListBucket")
	}
	return out
}

func denied(a *Account, who sts.Caller, service string, n need) error {
	const update = "Lambda@Edge cannot %s the specified Lambda function. Update the IAM policy to add permission: %s for resource: %s and try again."
	refused := func(what string) error {
		return &wire.Error{Code: "InvalidLambdaFunctionAssociation", Status: http.StatusBadRequest, Message: fmt.Sprintf(update, what, n.action, n.resource)}
	}
	switch { // CloudFront asks, and says what it was told
	case n.action == enableReplication:
		return refused("enable replication for")
	case n.action == disableReplication: // wording ours
		return refused("disable replication for")
	case n.action == "lambda:GetFunction" && service == "cloudfront":
		return refused("retrieve")
	}
	on, kind := "", "identity"
	if a.world.plane.foreign(a, n) {
		kind = "resource"
	}
	if n.resource != "*" {
		on = " on resource: " + n.resource
	}
	return &wire.Error{Code: "AccessDenied", Status: http.StatusForbidden, Message: fmt.Sprintf(
		"User: %s is not authorized to perform: %s%s because no %s-based policy allows the %s action",
		who.ARN, n.action, on, kind, n.action)}
}

// resources lists the ARNs that an action of a call is about. Source: Service
// Authorization Reference, resource types of each action.
func (a *Account) resources(action string, r *wire.Request) []string {
	kind, id := named(r)
	switch r.Service {
	case "cloudfront":
		arn := func(id string) string { return fmt.Sprintf("arn:aws:cloudfront::%s:distribution/%s", a.number, id) }
		switch name := r.Operation.Name; {
		case name == "ListDomainConflicts":
			return []string{arn(r.Body.String("DomainControlValidationResource", "DistributionId"))}
		case name == "ListConflictingAliases":
			return []string{arn(r.Query.Get("DistributionId"))}
		case name == "UpdateDomainAssociation":
			return a.both(action, arn, r.Body.String("TargetResource", "DistributionId"), r.Body.String("Domain"))
		case name == "AssociateAlias":
			return a.both(action, arn, id, r.Query.Get("Alias"))
		case name == "UpdateDistributionWithStagingConfig":
			return []string{arn(id), arn(r.Query.Get("StagingDistributionId"))}
		case strings.HasSuffix(action, ":CreateDistribution"), name == "CreateDistributionWithTags":
			return []string{arn("*")} // one that does not exist yet
		case kind == "tagging":
			return []string{r.Query.Get("Resource")}
		case kind == "distribution", kind == "distributions" && id != "":
			return []string{orEverything(id, arn(id))}
		}
		return []string{orEverything(id, fmt.Sprintf("arn:aws:cloudfront::%s:%s/%s", a.number, kind, id))}
	case "route53":
		if kind == "tags" && id != "" { // tags/{ResourceType}/{ResourceId}
			return []string{orEverything(r.Labels["ResourceId"], fmt.Sprintf("arn:aws:route53:::%s/%s", id, r.Labels["ResourceId"]))}
		}
		return []string{orEverything(id, fmt.Sprintf("arn:aws:route53:::%s/%s", strings.TrimSuffix(kind, "limit"), id))}
	case "s3":
		arn := orEverything(r.Labels["Bucket"], "arn:aws:s3:::"+r.Labels["Bucket"])
		if key := r.Labels["Key"]; key != "" && action != "s3:ListBucket" {
			arn += "/" + key
		}
		return []string{arn}
	case "cloudfront-keyvaluestore":
		return []string{r.Labels["KvsARN"]}
	case "lambda":
		return []string{a.function(r.Labels["FunctionName"], r.Query.Get("Qualifier"))}
	case "sts":
		arn, _ := r.JSON["RoleArn"].(string) // of what assumes a role; for the rest there is no resource
		return []string{orEverything(arn, arn)}
	case "acm":
		arn, _ := r.JSON["CertificateArn"].(string)
		return []string{orEverything(arn, arn)}
	}
	return []string{"*"}
}

// function is the ARN of a function, or of a version of it, however it is named.
func (a *Account) function(name, qualifier string) string {
	if name == "" {
		return "*"
	}
	if !strings.HasPrefix(name, "arn:") {
		name = fmt.Sprintf("arn:aws:lambda:us-east-1:%s:function:%s", a.number, name)
	}
	if qualifier != "" && strings.Count(name, ":") == 6 {
		name += ":" + qualifier
	}
	return name
}

// both lists what a move of a name is about: the target, and for the update of a
// configuration also the distribution that has the name now, if it is of the same account:
// nobody there is asked.
// Source: CloudFront Developer Guide, "Move the alternate domain name".
func (a *Account) both(action string, arn func(string) string, target, name string) []string {
	out := []string{arn(target)}
	if !strings.HasSuffix(action, ":UpdateDistribution") {
		return out
	}
	if events := a.cloudfront.AliasEvents(name); len(events) > 0 {
		if source := events[len(events)-1].To; source != "" && source != target && a.cloudfront.Owner(source) == a.number {
			out = append(out, arn(source))
		}
	}
	return out
}

func orEverything(id, arn string) string {
	if id == "" {
		return "*"
	}
	return arn
}

// named returns the first two elements of a path after the version, such as
// "distribution" and the value of {Id}; the second is empty if it is no label.
func named(r *wire.Request) (kind, id string) {
	path, _, _ := strings.Cut(strings.TrimPrefix(r.Operation.HTTP.URI, "/"), "?")
	parts := strings.Split(path, "/")
	if len(parts) > 1 {
		kind = parts[1]
	}
	if len(parts) > 2 && strings.HasPrefix(parts[2], "{") {
		id = r.Labels[strings.Trim(parts[2], "{}+")]
	}
	return kind, id
}

// A statement of a policy document.
type statement struct {
	deny               bool
	actions, resources []*regexp.Regexp
}

func (s statement) covers(n need) bool {
	return matches(s.actions, n.action) && matches(s.resources, n.resource)
}

func matches(patterns []*regexp.Regexp, text string) bool {
	for _, p := range patterns {
		if p.MatchString(text) {
			return true
		}
	}
	return false
}

// parsePolicy reads an identity-based policy: statements that allow or deny
// actions on resources. Anything else, such as a condition, is an error, because
// a policy that is only half understood proves nothing.
func parsePolicy(document string) ([]statement, error) {
	var doc struct {
		Version   string
		ID        string `json:"Id"`
		Statement oneOrMany[struct {
			Sid, Effect      string
			Action, Resource oneOrMany[string]
		}]
	}
	dec := json.NewDecoder(strings.NewReader(document))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("not a policy that the simulator can evaluate: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something after the policy")
	}
	if doc.Version != "2012-10-17" || len(doc.Statement) == 0 {
		return nil, errors.New("not a policy of version 2012-10-17 with at least one statement")
	}
	var out []statement
	for i, s := range doc.Statement {
		if s.Effect != "Allow" && s.Effect != "Deny" || len(s.Action) == 0 || len(s.Resource) == 0 {
			return nil, fmt.Errorf("statement %d does not say Allow or Deny, or has no action or no resource", i)
		}
		parsed := statement{deny: s.Effect == "Deny"}
		for _, a := range s.Action {
			parsed.actions = append(parsed.actions, wildcards("(?i)", a)) // IAM: actions have no case
		}
		for _, r := range s.Resource {
			parsed.resources = append(parsed.resources, wildcards("", r))
		}
		out = append(out, parsed)
	}
	return out, nil
}

// wildcards compiles a pattern in which * stands for anything and ? for one character.
func wildcards(flags, pattern string) *regexp.Regexp {
	quoted := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
	return regexp.MustCompile(flags + "^" + quoted + "$")
}

// oneOrMany is a member that IAM lets be a value or a list of them.
type oneOrMany[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneOrMany[T]) UnmarshalJSON(raw []byte) error {
	strict := func(raw []byte, into any) error {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		return dec.Decode(into)
	}
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		return strict(raw, (*[]T)(o))
	}
	var one T
	if err := strict(raw, &one); err != nil {
		return err
	}
	*o = []T{one}
	return nil
}
