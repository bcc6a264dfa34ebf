// Package route53api reads record sets and replaces them in one atomic batch.
//
// A batch deletes exactly the records that were observed and creates the new
// ones, so Route 53 itself refuses it when somebody was faster. There is no
// UPSERT here: it would overwrite whatever it finds.
package route53api

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/shared"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// A Client is safe for concurrent use.
type Client struct {
	api *route53.Client

	mu      sync.Mutex
	zones   map[string]string // domain by zone id; a zone never changes its name
	private map[string]bool   // by zone id; nor this
	follows bool              // somebody was told about a change

	clock clock.Clock
	books map[string]*book // by zone id
	names shared.Answers[string]
}

// New returns a client; endpoint is empty for AWS's own.
func New(cfg aws.Config, endpoint string, c clock.Clock) *Client {
	return &Client{
		zones: map[string]string{}, private: map[string]bool{}, books: map[string]*book{}, clock: c,
		api: route53.NewFromConfig(cfg, func(o *route53.Options) {
			o.Region = awsapi.Region
			if endpoint != "" {
				o.BaseEndpoint = aws.String(endpoint)
			}
		}),
	}
}

// A Record is one record set. Routing is empty for a simple one.
type Record struct {
	Name, Type    string // lower case, no trailing dot
	TTL           int64  // seconds; 0 for an alias
	Values        []string
	AliasZone     string // hosted zone id of the alias target; empty: no alias
	AliasTarget   string // lower case, no trailing dot
	Evaluate      bool
	HealthCheckID string
	Routing       string // weighted, latency, failover, geolocation, multivalue …
	SetIdentifier string // of one that is not simple
	Weight        int64  // of a weighted one
}

// Weighted is the Routing of a weighted record.
const Weighted = "weighted"

// errNotAnAnswer: something between us and Route 53 said 200 to everything.
var errNotAnAnswer = errors.New("the answer is not one of Route 53")

// Zone returns the domain of a hosted zone, lower case, without the trailing dot.
// Errors: ErrNotFound.
func (c *Client) Zone(ctx context.Context, id string) (string, error) {
	c.mu.Lock()
	domain, ok := c.zones[id]
	c.mu.Unlock()
	if ok {
		return domain, nil
	}
	return c.names.Look(ctx, c.clock, id, func(ctx context.Context) (string, error) { // many ask at a time
		zone, err := c.read(ctx, id)
		if err != nil {
			return "", err
		}
		return plain(aws.ToString(zone.Name)), nil
	})
}

// read asks for a hosted zone, and keeps what never changes of it.
func (c *Client) read(ctx context.Context, id string) (*types.HostedZone, error) {
	out, err := c.api.GetHostedZone(ctx, &route53.GetHostedZoneInput{Id: aws.String(id)})
	if err == nil && out.HostedZone == nil {
		err = errNotAnAnswer
	}
	if err != nil {
		return nil, awsapi.Wrap(ctx, "reading hosted zone "+id, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.zones[id] = plain(aws.ToString(out.HostedZone.Name))
	c.private[id] = out.HostedZone.Config != nil && out.HostedZone.Config.PrivateZone
	return out.HostedZone, nil
}

// Private says whether a hosted zone answers in VPCs only. Errors: ErrNotFound.
func (c *Client) Private(ctx context.Context, id string) (bool, error) {
	if _, err := c.Zone(ctx, id); err != nil {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.private[id], nil
}

// pageSize of a look-up by name: one name rarely has more record sets than this.
const pageSize = 20

// Records lists the record sets called name.
func (c *Client) Records(ctx context.Context, zone, name string) ([]Record, error) {
	var out []Record
	in := &route53.ListResourceRecordSetsInput{
		HostedZoneId: aws.String(zone), StartRecordName: aws.String(name), MaxItems: aws.Int32(pageSize),
	}
	for {
		page, err := c.api.ListResourceRecordSets(ctx, in)
		if err != nil {
			return nil, awsapi.Wrap(ctx, "listing the records of "+name, err)
		}
		for _, set := range page.ResourceRecordSets {
			if plain(aws.ToString(set.Name)) != name {
				return out, nil // sorted by name: past it
			}
			out = append(out, record(set))
		}
		if !page.IsTruncated {
			return out, nil
		}
		in.StartRecordName, in.StartRecordType, in.StartRecordIdentifier = page.NextRecordName, page.NextRecordType, page.NextRecordIdentifier
	}
}

// maxUnder bounds how many record sets are read to find those under a domain.
const maxUnder = 3000

// Under lists the record sets at the names under a domain, at any depth. more says
// that there are others, which were not read. Source: ListResourceRecordSets, which
// sorts names by their labels from the right, so that those under one name follow it.
func (c *Client) Under(ctx context.Context, zone, domain string) (out []Record, more bool, err error) {
	in := &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(zone), StartRecordName: aws.String(domain)}
	for {
		page, err := c.api.ListResourceRecordSets(ctx, in)
		if err != nil {
			return nil, false, awsapi.Wrap(ctx, "listing the records under "+domain, err)
		}
		for _, set := range page.ResourceRecordSets {
			switch name := plain(aws.ToString(set.Name)); {
			case name == domain:
			case !strings.HasSuffix(name, "."+domain):
				return out, false, nil
			default:
				out = append(out, record(set))
			}
		}
		if !page.IsTruncated || len(out) >= maxUnder {
			return out, page.IsTruncated, nil
		}
		in.StartRecordName, in.StartRecordType, in.StartRecordIdentifier = page.NextRecordName, page.NextRecordType, page.NextRecordIdentifier
	}
}

// Replace deletes and creates records in one batch and returns the change's id.
// Errors: ErrStale when a record is no longer as observed, ErrProtected,
// ErrThrottled, ErrRefused.
func (c *Client) Replace(ctx context.Context, zone, comment string, del, add []Record) (string, error) {
	batch := &types.ChangeBatch{Comment: aws.String(comment)}
	for _, r := range del {
		set := r.set()
		batch.Changes = append(batch.Changes, types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: &set})
	}
	for _, r := range add {
		set := r.set()
		batch.Changes = append(batch.Changes, types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &set})
	}
	out, err := c.api.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: aws.String(zone), ChangeBatch: batch,
	})
	c.forget(zone)
	if err != nil {
		doing := awsapi.Where("changing records in zone "+zone, err)
		invalid, ok := errors.AsType[*types.InvalidChangeBatch](err)
		if ok && len(invalid.Messages) > 0 { // in their place the SDK only says that there are errors
			invalid.Message = aws.String(strings.Join(invalid.Messages, ", "))
		}
		if ok && overtaken(invalid) && ctx.Err() == nil {
			return "", &awsapi.Error{Doing: doing, Kind: awsapi.ErrStale, Err: err}
		}
		if ok && protects(invalid) && ctx.Err() == nil {
			return "", &awsapi.Error{Doing: doing, Kind: awsapi.ErrProtected, Err: err}
		}
		return "", awsapi.Wrap(ctx, "changing records in zone "+zone, err)
	}
	if out.ChangeInfo == nil {
		return "", awsapi.Wrap(ctx, "changing records in zone "+zone, errNotAnAnswer)
	}
	return aws.ToString(out.ChangeInfo.Id), nil
}

// overtaken says whether a batch failed because the records are no longer as
// observed. One such complaint is proof, whatever else the batch has wrong: what
// is still wrong after another look comes back alone. Route 53 has one error type
// for everything, so its messages are all there is to go by.
func overtaken(e *types.InvalidChangeBatch) bool {
	return slices.ContainsFunc(append(e.Messages, e.ErrorMessage()), func(m string) bool {
		return strings.Contains(m, "but it was not found") || strings.Contains(m, "but it already exists") ||
			strings.Contains(m, "do not match the current values") ||
			// We see every CNAME and delete it in the same batch, so this one is new.
			strings.Contains(m, "conflicting RRSet of type") && strings.Contains(m, "CNAME with the same DNS name already exists")
	})
}

// Insync says whether every name server has a change.
func (c *Client) Insync(ctx context.Context, change string) (bool, error) {
	out, err := c.api.GetChange(ctx, &route53.GetChangeInput{Id: aws.String(change)})
	if err == nil && out.ChangeInfo == nil {
		err = errNotAnAnswer
	}
	if err != nil {
		return false, awsapi.Wrap(ctx, "reading change "+change, err)
	}
	return out.ChangeInfo.Status == types.ChangeStatusInsync, nil
}

// noChange is no id of a change: Route 53 gives them random ones.
const noChange = "C0000000000000"

// Followable says whether the caller may ask how far a change is, by asking about one
// that does not exist. The answer is remembered. Errors: ErrDenied, ErrNotServed.
func (c *Client) Followable(ctx context.Context) error {
	c.mu.Lock()
	known := c.follows
	c.mu.Unlock()
	if known {
		return nil
	}
	if _, err := c.Insync(ctx, noChange); err != nil && !errors.Is(err, awsapi.ErrNotFound) {
		return err
	}
	c.mu.Lock()
	c.follows = true
	c.mu.Unlock()
	return nil
}

func record(set types.ResourceRecordSet) Record {
	r := Record{
		Name: plain(aws.ToString(set.Name)), Type: string(set.Type), TTL: aws.ToInt64(set.TTL),
		HealthCheckID: aws.ToString(set.HealthCheckId), Routing: routing(set),
		SetIdentifier: aws.ToString(set.SetIdentifier), Weight: aws.ToInt64(set.Weight),
	}
	for _, v := range set.ResourceRecords {
		r.Values = append(r.Values, aws.ToString(v.Value))
	}
	if a := set.AliasTarget; a != nil {
		r.AliasZone, r.AliasTarget, r.Evaluate = aws.ToString(a.HostedZoneId), plain(aws.ToString(a.DNSName)), a.EvaluateTargetHealth
	}
	return r
}

func routing(set types.ResourceRecordSet) string {
	switch {
	case set.Weight != nil:
		return Weighted
	case set.Region != "":
		return "latency"
	case set.Failover != "":
		return "failover"
	case set.GeoLocation != nil:
		return "geolocation"
	case set.GeoProximityLocation != nil:
		return "geoproximity"
	case set.CidrRoutingConfig != nil:
		return "IP-based"
	case aws.ToBool(set.MultiValueAnswer):
		return "multivalue answer"
	case aws.ToString(set.SetIdentifier) != "":
		return "non-simple"
	}
	return ""
}

func (r Record) set() types.ResourceRecordSet {
	set := types.ResourceRecordSet{Name: aws.String(r.Name), Type: types.RRType(r.Type)}
	if r.HealthCheckID != "" {
		set.HealthCheckId = aws.String(r.HealthCheckID)
	}
	if r.Routing == Weighted {
		set.SetIdentifier, set.Weight = aws.String(r.SetIdentifier), aws.Int64(r.Weight)
	}
	if r.AliasZone != "" {
		set.AliasTarget = &types.AliasTarget{
			HostedZoneId: aws.String(r.AliasZone), DNSName: aws.String(r.AliasTarget), EvaluateTargetHealth: r.Evaluate,
		}
		return set
	}
	set.TTL = aws.Int64(r.TTL)
	for _, v := range r.Values {
		set.ResourceRecords = append(set.ResourceRecords, types.ResourceRecord{Value: aws.String(v)})
	}
	return set
}

// plain undoes Route 53's spelling of names: a trailing dot, and \052 for *.
func plain(name string) string {
	return strings.ToLower(strings.TrimSuffix(strings.ReplaceAll(name, `\052`, "*"), "."))
}
