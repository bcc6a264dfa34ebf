package cloudfront

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/javascript"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/propagation"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

func init() {
	operations["CreateFunction"] = operation{serve: (*Service).createFunction}
	operations["DescribeFunction"] = operation{read: true, serve: (*Service).describeFunction}
	operations["GetFunction"] = operation{read: true, serve: (*Service).getFunction}
	operations["UpdateFunction"] = operation{serve: (*Service).updateFunction}
	operations["PublishFunction"] = operation{serve: (*Service).publishFunction}
	operations["DeleteFunction"] = operation{serve: (*Service).deleteFunction}
	operations["ListFunctions"] = operation{read: true, serve: (*Service).listFunctions}
}

// A function has a version in development and, once published, one that is live. What is in them
// nobody looks at before it is run. Which version runs where, Running says.
type function struct {
	name, arn string
	created   time.Time
	written   versions
	tags      []tag
	dev       functionStage
	live      *functionStage   // nil: never published
	releases  []*functionStage // oldest first; the last one is live
}

// versions counts how often a function was written. That is all that its ETag says: what
// is deleted and made again under its name begins anew.
type versions int

// sequence is how that begins, as public answers and the guides show it.
var sequence = []string{"ETVPDKIKX0DER", "E3UN6WX5RRO2AG", "E1F83G8C2ARO7P", "E1PA6795UKMFR9", "E13V1IB3VIYZZH", "E1VC38T7YXB528"}

// next is the ETag of the next version.
func (v *versions) next() string {
	n := int(*v)
	*v++
	if n < len(sequence) {
		return sequence[n]
	}
	return fmt.Sprintf("E2%011X", n)
}

// A functionStage is one of a function's two versions: with one ETag from the publication to
// the next change of what is in development.
type functionStage struct {
	config   *wire.Node
	code     []byte
	etag     string
	modified time.Time
	arrives  []time.Time                // per POP, of the published one
	program  func() *javascript.Program // of the code, which is read when it is run first
}

// Quotas. Source: Developer Guide, quotas.
const (
	maxFunctions    = 100
	maxFunctionCode = 10 << 10
)

func noSuchFunction() error {
	return errorf("NoSuchFunctionExists", "The function does not exist.")
}

func (s *Service) findFunction(r *call) (*function, error) {
	for _, f := range s.functions {
		if f.name == r.Labels["Name"] {
			return f, nil
		}
	}
	return nil, noSuchFunction()
}

// stage is the version of a function that a call names, the one in development by default.
func (s *Service) stage(r *call) (*function, *functionStage, error) {
	f, err := s.findFunction(r)
	switch kind := r.Query.Get("Stage"); {
	case err != nil:
		return nil, nil, err
	case kind == "LIVE" && f.live != nil:
		return f, f.live, nil
	case kind == "LIVE":
		return nil, nil, noSuchFunction()
	case kind == "" || kind == "DEVELOPMENT":
		return f, &f.dev, nil
	default:
		return nil, nil, errorf("InvalidArgument", "The parameter Stage is not valid.")
	}
}

// published says whether what is in development is what serves.
func (f *function) published() bool {
	return f.live != nil && bytes.Equal(f.dev.code, f.live.code) && slices.Equal(f.dev.config.Leaves(), f.live.config.Leaves())
}

// status is worded as in the examples of the AWS CLI reference.
func (s *Service) functionStatus(f *function, v *functionStage, now time.Time) string {
	switch {
	case v != f.live && !f.published():
		return "UNPUBLISHED"
	case len(s.using(f.referred)) == 0:
		return "UNASSOCIATED"
	case propagation.Done(f.live.arrives).After(now) && !s.opts.Knobs.FunctionAtOnce:
		return "IN_PROGRESS"
	}
	return "DEPLOYED"
}

// referred finds the configurations in which some behaviour has the function.
func (f *function) referred(c *wire.Node) bool {
	return slices.ContainsFunc(behaviors(c), func(b *wire.Node) bool {
		return slices.ContainsFunc(b.All("FunctionAssociation", "FunctionAssociations", "Items"), func(a *wire.Node) bool { return a.String("FunctionARN") == f.arn })
	})
}

func (s *Service) functionSummary(f *function, v *functionStage, now time.Time) *wire.Node {
	stage := "DEVELOPMENT"
	if v == f.live {
		stage = "LIVE"
	}
	return wire.Elem("FunctionSummary",
		wire.Text("Name", f.name), wire.Text("Status", s.functionStatus(f, v, now)), v.config,
		wire.Elem("FunctionMetadata", wire.Text("FunctionARN", f.arn), wire.Text("Stage", stage),
			wire.Text("CreatedTime", stamp(f.created)), wire.Text("LastModifiedTime", stamp(v.modified))))
}

// draft reads the code and configuration of a request.
func (s *Service) draft(r *call, name string, written *versions) (functionStage, error) {
	code, err := base64.StdEncoding.DecodeString(r.Body.String("FunctionCode"))
	if err != nil || len(code) == 0 {
		return functionStage{}, errorf("InvalidArgument", "The parameter FunctionCode is not valid.")
	}
	if len(code) > maxFunctionCode {
		return functionStage{}, errorf("FunctionSizeLimitExceeded", "The function exceeds the maximum size.")
	}
	config := r.Body.Get("FunctionConfig").Clone()
	dropEmptyItems(config)
	stores := config.All("KeyValueStoreAssociation", "KeyValueStoreAssociations", "Items")
	switch {
	case len(stores) > 1:
		return functionStage{}, errorf("InvalidArgument", "A function can have one key value store.")
	case len(stores) == 1 && config.String("Runtime") == "cloudfront-js-1.0":
		return functionStage{}, errorf("InvalidArgument", "Key value stores need the runtime cloudfront-js-2.0.")
	case len(stores) == 1:
		if err := s.checkStore(stores[0].String("KeyValueStoreARN"), name, r.now); err != nil {
			return functionStage{}, err
		}
	}
	program := sync.OnceValue(func() *javascript.Program { return javascript.Compile(string(code), config.String("Runtime")) })
	return functionStage{config: config, code: code, etag: written.next(), modified: r.now, program: program}, nil
}

func (s *Service) createFunction(r *call) (*wire.Response, error) {
	name := r.Body.String("Name")
	if slices.ContainsFunc(s.functions, func(f *function) bool { return f.name == name }) {
		return nil, errorf("FunctionAlreadyExists", "A function with the same name already exists in this Amazon Web Services account.")
	}
	if len(s.functions) >= maxFunctions {
		return nil, errorf("TooManyFunctions", "You have reached the maximum number of functions for this account.")
	}
	var written versions
	draft, err := s.draft(r, name, &written)
	if err != nil {
		return nil, err
	}
	tags, err := readTags(r.Body.Get("Tags"))
	if err != nil {
		return nil, errorf("InvalidArgument", "The parameter Tags is not valid.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &function{name: name, arn: "arn:aws:cloudfront::" + s.opts.Account + ":function/" + name, created: r.now, written: written, dev: draft, tags: tags}
	s.functions = append(s.functions, f)
	return (&wire.Response{Body: s.functionSummary(f, &f.dev, r.now)}).WithHeader("ETag", draft.etag).
		WithHeader("Location", "https://cloudfront.amazonaws.com/2020-05-31/"+f.arn), nil
}

func (s *Service) describeFunction(r *call) (*wire.Response, error) {
	f, v, err := s.stage(r)
	if err != nil {
		return nil, err
	}
	return (&wire.Response{Body: s.functionSummary(f, v, r.now)}).WithHeader("ETag", v.etag), nil
}

// getFunction answers with the code itself.
func (s *Service) getFunction(r *call) (*wire.Response, error) {
	_, v, err := s.stage(r)
	if err != nil {
		return nil, err
	}
	return (&wire.Response{Raw: v.code}).WithHeader("ETag", v.etag).WithHeader("Content-Type", "application/octet-stream"), nil
}

func (s *Service) updateFunction(r *call) (*wire.Response, error) {
	f, err := s.findFunction(r)
	if err != nil {
		return nil, err
	}
	if err := ifMatch(r, f.dev.etag); err != nil {
		return nil, err
	}
	draft, err := s.draft(r, f.name, &f.written)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	f.dev = draft
	s.mu.Unlock()
	// The model misspells the header, and the Go SDK reads it as it is misspelt.
	out := (&wire.Response{Body: s.functionSummary(f, &f.dev, r.now)}).WithHeader("ETag", draft.etag)
	return out.WithHeader("ETtag", draft.etag), nil
}

// publishFunction makes the version in development the live one, ETag included, for every
// behaviour that refers to the function.
func (s *Service) publishFunction(r *call) (*wire.Response, error) {
	f, err := s.findFunction(r)
	if err != nil {
		return nil, err
	}
	if err := ifMatch(r, f.dev.etag); err != nil {
		return nil, err
	}
	var before []time.Time
	if f.live != nil {
		before = f.live.arrives
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f.live = &functionStage{
		config: f.dev.config, code: f.dev.code, etag: f.dev.etag, modified: r.now, program: f.dev.program,
		arrives: s.opts.Propagation.Scatter(f.arn, len(f.releases), r.now, before, s.opts.Knobs.FunctionMedian, s.opts.Knobs.FunctionP99),
	}
	f.releases = append(slices.Clip(f.releases), f.live)
	return &wire.Response{Body: s.functionSummary(f, f.live, r.now)}, nil
}

func (s *Service) deleteFunction(r *call) (*wire.Response, error) {
	f, err := s.findFunction(r)
	if err != nil {
		return nil, err
	}
	if err := ifMatch(r, f.dev.etag); err != nil && !(s.opts.Knobs.DeleteByLiveETag && f.live != nil && ifMatch(r, f.live.etag) == nil) {
		return nil, err
	}
	if len(s.using(f.referred)) > 0 {
		return nil, errorf("FunctionInUse", "Cannot delete the function because it's attached to one or more cache behaviors.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.functions = slices.DeleteFunc(slices.Clone(s.functions), func(x *function) bool { return x == f })
	return &wire.Response{}, nil
}

// listFunctions lists each version by itself.
func (s *Service) listFunctions(r *call) (*wire.Response, error) {
	stage := r.Query.Get("Stage")
	if stage != "" && stage != "DEVELOPMENT" && stage != "LIVE" {
		return nil, errorf("InvalidArgument", "The parameter Stage is not valid.")
	}
	type entry struct {
		id string
		f  *function
		v  *functionStage
	}
	var ids []string
	var listed []entry
	for _, f := range s.functions {
		ids = append(ids, f.name, f.name+" live")
	}
	for _, f := range s.listedFunctions.at(r.now.Add(-s.opts.Knobs.ListLag)) {
		if !slices.Contains(ids, f.name) { // deleted meanwhile
			ids = append(ids, f.name, f.name+" live")
		}
		if stage != "LIVE" {
			listed = append(listed, entry{f.name, f, &f.dev})
		}
		if stage != "DEVELOPMENT" && f.live != nil {
			listed = append(listed, entry{f.name + " live", f, f.live})
		}
	}
	page, err := pageAfter(r, ids, listed, func(e entry) string { return e.id })
	if err != nil {
		return nil, err
	}
	items := wire.Elem("Items")
	for _, e := range page.items {
		items.Children = append(items.Children, s.functionSummary(e.f, e.v, r.now))
	}
	out := page.render("FunctionList", items)
	out.Remove("Marker") // this list has neither
	out.Remove("IsTruncated")
	return &wire.Response{Body: out}, nil
}

// checkFunction refuses what cannot be associated with a distribution, nil for one that is being
// made: only what is published can, and with so many only.
func (s *Service) checkFunction(arn string, d *distribution) error {
	for _, f := range s.functions {
		if f.arn != arn {
			continue
		}
		if f.live == nil {
			return errorf(s.opts.Knobs.UnpublishedFunction, "The function %s has not been published to the LIVE stage.", f.name) // wording ours
		}
		limit := s.opts.Knobs.FunctionDistributions
		if s.opts.Knobs.FlatRatePlan { // whose functions are of one distribution alone
			limit = 1
		}
		if users := s.using(f.referred); !slices.Contains(users, d) && len(users) >= limit {
			return errorf("TooManyDistributionsWithFunctionAssociations", "You have reached the maximum number of distributions that are associated with a CloudFront function.")
		}
		return nil
	}
	return errorf("InvalidFunctionAssociation", "The function ARN is not valid or does not exist: %s", arn) // wording ours
}
