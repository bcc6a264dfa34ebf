package configured

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
)

// OnDestroyAttribute is the attribute on_destroy of a noun that keeps records; served says
// when its names count as served.
func OnDestroyAttribute(noun, served string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, Computed: true, Default: stringdefault.StaticString(string(cutover.Retain)),
		Validators: []validator.String{fwtypes.OneOf(string(cutover.Retain), string(cutover.DeleteUnserved), string(cutover.DeleteLive))},
		MarkdownDescription: "What happens to the records when the " + noun + " is destroyed. `retain` (default): they stay. `delete`: those that still are as the " + noun + " left them go, unless viewers are served by their names" + served + "; " +
			"then the destroy stops before its first write. `delete_live`: they go although viewers are served, and the names lead nowhere from then on; needed to destroy a site whole, its zone included. " +
			"A replacement (`-replace`, `create_before_destroy`) keeps them whatever this says.",
	}
}

// Terraform plans a replacement by asking twice: first what changes, with the state there
// is, and then, with no state, what is created, handing over what the first answer kept in
// private. What the second keeps there reaches Delete where that comes first. Where the
// replacement is created first, Delete hears nothing; Provider.Keep is for that.
const (
	keyPlanned  = "planned"  // the plan of an instance that exists
	keyReplaced = "replaced" // the plan of one that takes its place
)

// Private is private state, as requests and responses have it.
type Private interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// Replaced says whether Delete is about an instance whose replacement is created next.
func Replaced(ctx context.Context, p Private) (bool, diag.Diagnostics) {
	return marked(ctx, p, keyReplaced)
}

func marked(ctx context.Context, p Private, key string) (bool, diag.Diagnostics) {
	value, d := p.GetKey(ctx, key)
	return len(value) > 0, d
}

// Unmark forgets the marks, which are about one plan.
func Unmark(ctx context.Context, p Private) diag.Diagnostics {
	d := p.SetKey(ctx, keyPlanned, nil)
	return append(d, p.SetKey(ctx, keyReplaced, nil)...)
}

// MarkReplacement marks a plan for Replaced, and says whether it is that of a replacement.
func MarkReplacement(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) (bool, diag.Diagnostics) {
	if !req.State.Raw.IsNull() {
		d := resp.Private.SetKey(ctx, keyReplaced, nil)
		return false, append(d, resp.Private.SetKey(ctx, keyPlanned, []byte("true"))...)
	}
	replaces, d := marked(ctx, req.Private, keyPlanned)
	if !replaces {
		return false, append(d, Unmark(ctx, resp.Private)...)
	}
	return true, append(d, resp.Private.SetKey(ctx, keyReplaced, []byte("true"))...)
}

// Records names the records of a name in a zone, as Turn and Keep know them; with a type,
// only those of that. Every noun that keeps records calls them the same, so that one of
// another noun can take them over.
func Records(zone, name string, typ ...string) string {
	return strings.TrimSpace(strings.Join(typ, " ") + " records of " + name + " in " + zone)
}

// RecordsKept says whether another instance of this process keeps the records of a name that
// are of one of some types; of any, if there are none.
func (p *Provider) RecordsKept(zone, name string, types ...string) bool {
	if len(types) == 0 {
		types = []string{"A", "AAAA", "CNAME", "HTTPS"}
	}
	return p.Kept(Records(zone, name)) || slices.ContainsFunc(types, func(t string) bool { return p.Kept(Records(zone, name, t)) })
}

// WhoHas asks CloudFront who has a name, or a wildcard over it, on behalf of the first of
// some distributions that it answers: "" if nobody has, and one of those only if nobody
// else has. asked is false if it answers none of them: nobody may ask, the distribution is
// gone, or its certificate does not cover the name.
func (p *Provider) WhoHas(ctx context.Context, name string, since time.Time, askers ...string) (owner string, asked bool, err error) {
	for _, id := range askers {
		d, err := p.CloudFront.Distribution(ctx, id, since)
		if errors.Is(err, awsapi.ErrNotFound) {
			continue
		}
		if err != nil {
			return "", false, err
		}
		conflicts, err := p.CloudFront.Conflicts(ctx, d.Summary, name)
		if errors.Is(err, awsapi.ErrRefused) || errors.Is(err, awsapi.ErrDenied) || errors.Is(err, awsapi.ErrNotFound) {
			continue // another one may be answered
		}
		if err != nil {
			return "", false, err
		}
		for _, c := range conflicts {
			if owner == "" || !slices.Contains(askers, c.ID) {
				owner = c.ID
			}
		}
		return owner, true, nil
	}
	return "", false, nil
}

// ServedAt says by which distribution viewers are served who ask for name and are led to a
// domain name under cloudfront.net: "" if by none. known is false where nobody can tell.
func (p *Provider) ServedAt(ctx context.Context, domain, name string, since time.Time) (by string, known bool, err error) {
	id, err := p.CloudFront.At(ctx, domain)
	if errors.Is(err, awsapi.ErrDenied) {
		return "", false, nil
	}
	if err != nil || id == "" {
		return "", false, err
	}
	d, err := p.CloudFront.Distribution(ctx, id, since)
	if errors.Is(err, awsapi.ErrNotFound) || errors.Is(err, awsapi.ErrDenied) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	switch {
	case d.Enabled && slices.ContainsFunc(d.Aliases, func(a string) bool { return switchover.AliasCovers(a, name) }):
		return id, true, nil
	case slices.Contains(d.Aliases, name):
		return "", true, nil // whoever has the name itself is asked, and this one is disabled
	}
	if by, known, err = p.WhoHas(ctx, name, since, id); by == id {
		by = ""
	}
	return by, known, err
}
