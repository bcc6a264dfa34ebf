package route53api

import (
	"cmp"
	"context"
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
func (c *Client) RecordsOf(ctx context.Context, zone string, names []string) (map[string][]Record, error) {
	out := map[string][]Record{}
	if len(names) == 1 {
		records, err := c.Records(ctx, zone, names[0])
		out[names[0]] = records
		return out, err
	}
	wanted := slices.Clone(names)
	slices.SortFunc(wanted, byLabels)
	wanted = slices.Compact(wanted)
	isWanted := map[string]bool{}
	for _, name := range wanted {
		isWanted[name] = true
	}
	in := &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(zone), MaxItems: aws.Int32(fullPage)}
	for len(wanted) > 0 {
		if in.StartRecordName == nil {
			in.StartRecordName = aws.String(wanted[0])
		}
		page, err := c.api.ListResourceRecordSets(ctx, in)
		if err != nil {
			return nil, awsapi.Wrap(ctx, "listing the records of zone "+zone, err)
		}
		for _, set := range page.ResourceRecordSets {
			r := record(set)
			if isWanted[r.Name] {
				out[r.Name] = append(out[r.Name], r)
			}
		}
		if !page.IsTruncated {
			return out, nil
		}
		next := plain(aws.ToString(page.NextRecordName))
		for len(wanted) > 0 && byLabels(wanted[0], next) < 0 {
			wanted = wanted[1:]
		}
		in.StartRecordName, in.StartRecordType, in.StartRecordIdentifier = nil, "", nil
		if len(wanted) > 0 && wanted[0] == next { // in the middle of it, perhaps
			in.StartRecordName, in.StartRecordType, in.StartRecordIdentifier = page.NextRecordName, page.NextRecordType, page.NextRecordIdentifier
		}
	}
	return out, nil
}

// byLabels orders names as Route 53 lists them: by their labels from the right.
func byLabels(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := 1; i <= min(len(x), len(y)); i++ {
		if c := strings.Compare(listed(x[len(x)-i]), listed(y[len(y)-i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}

// listed is how Route 53 spells a label.
func listed(label string) string { return strings.ReplaceAll(label, "*", `\\052`) }
