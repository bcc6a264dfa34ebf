package route53api

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// Source: ListResourceRecordSets, MaxItems.
const fullPage = 300

// RecordsOf lists the record sets of many names, by name, in as few calls as that
// takes: a page holds whatever follows in the zone, and where a page ends the next
// name that is wanted begins.
//
// Only Route 53 knows in which order it lists; ours decides where to look next and
// nothing else. A name counts as seen when a listing began with it or came across it,
// so a wrong guess costs a call and never a record.
func (c *Client) RecordsOf(ctx context.Context, zone string, names []string) (map[string][]Record, error) {
	out := map[string][]Record{}
	wanted := slices.Clone(names)
	slices.SortFunc(wanted, asListed)
	wanted = slices.Compact(wanted)
	for next := ""; len(wanted) > 0; {
		from := max(0, slices.IndexFunc(wanted, func(name string) bool { return asListed(name, next) >= 0 }))
		first := wanted[from]
		found := map[string][]Record{}
		var err error
		if next, err = c.listing(ctx, zone, first, wanted, found); err != nil {
			return nil, err
		}
		wanted = slices.DeleteFunc(wanted, func(name string) bool {
			if found[name] != nil {
				out[name] = found[name]
			}
			return name == first || found[name] != nil
		})
	}
	return out, nil
}

// listing reads from a name on, for as long as the next page begins with a name that is
// wanted, and returns the name that it ended before, "" if there are no more. Every
// name that it finds it finds whole.
func (c *Client) listing(ctx context.Context, zone, from string, wanted []string, found map[string][]Record) (next string, err error) {
	most := int32(fullPage)
	if len(wanted) == 1 {
		most = pageSize
	}
	in := &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(zone), StartRecordName: aws.String(from), MaxItems: aws.Int32(most)}
	for {
		page, err := c.api.ListResourceRecordSets(ctx, in)
		if err != nil {
			return "", awsapi.Wrap(ctx, "listing the records of "+from, err)
		}
		for _, set := range page.ResourceRecordSets {
			if r := record(set); slices.Contains(wanted, r.Name) {
				found[r.Name] = append(found[r.Name], r)
			}
		}
		if !page.IsTruncated {
			return "", nil
		}
		if next = plain(aws.ToString(page.NextRecordName)); !slices.Contains(wanted, next) {
			return next, nil
		}
		in.StartRecordName, in.StartRecordType, in.StartRecordIdentifier = page.NextRecordName, page.NextRecordType, page.NextRecordIdentifier
	}
}

// All lists the record sets of a zone, a page for each 300, as Route 53 has them now and for as long
// as somebody wants more. An error ends it. Errors: ErrNotFound. Source: ListResourceRecordSets.
func (c *Client) All(ctx context.Context, zone string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		pages := route53.NewListResourceRecordSetsPaginator(c.api, &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(zone), MaxItems: aws.Int32(fullPage)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(Record{}, awsapi.Wrap(ctx, "listing the records of zone "+zone, err))
				return
			}
			for _, set := range page.ResourceRecordSets {
				if !yield(record(set), nil) {
					return
				}
			}
		}
	}
}

// asListed orders names as Route 53 lists them: with their labels reversed, compared as
// text, trailing dot included, so that origin-api comes before origin. Source:
// ListResourceRecordSets.
func asListed(a, b string) int { return strings.Compare(reversed(a), reversed(b)) }

func reversed(name string) string {
	labels := strings.Split(strings.ReplaceAll(name, "*", `\052`), ".")
	slices.Reverse(labels)
	return strings.Join(labels, ".") + "."
}
