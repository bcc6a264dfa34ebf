package route53api

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// A Protection keeps the record sets of one name and type as they are: Route 53 refuses
// every batch with a change of them, whoever sends it.
// Source: CreateResourceRecordSetProtections.
type Protection struct{ Name, Type, Comment string } // the name lower case, no trailing dot

// Protections lists those of a zone. Errors: ErrNotFound for the zone, ErrDenied, and
// whatever a server answers that knows no such call: it is of November 2026, and not
// among those that Route 53 serves while a region is down.
func (c *Client) Protections(ctx context.Context, zone string) ([]Protection, error) {
	var out []Protection
	in := &route53.ListResourceRecordSetProtectionsInput{HostedZoneId: aws.String(zone), MaxResults: aws.Int32(fullPage)}
	for {
		page, err := c.api.ListResourceRecordSetProtections(ctx, in)
		if err != nil {
			return nil, awsapi.Wrap(ctx, "listing the protected records of zone "+zone, err)
		}
		for _, p := range page.ResourceRecordSetProtections {
			out = append(out, Protection{Name: plain(aws.ToString(p.RecordName)), Type: string(p.RecordType), Comment: aws.ToString(p.Comment)})
		}
		if page.NextToken == nil {
			return out, nil
		}
		in.NextToken = page.NextToken
	}
}

// Locked says in which state a zone takes no change for the moment, in Route 53's words;
// "" if it takes them. Accelerated recovery locks a zone while it is being enabled or
// disabled. Source: AcceleratedRecoveryStatus. Errors: ErrNotFound.
func (c *Client) Locked(ctx context.Context, id string) (string, error) {
	zone, err := c.read(ctx, id)
	if err != nil || zone.Features == nil {
		return "", err
	}
	if status := string(zone.Features.AcceleratedRecoveryStatus); strings.HasSuffix(status, "_LOCKED") {
		return status, nil
	}
	return "", nil
}

// protects says whether a batch was refused because of a protection. The message names
// the record and the comment of whoever protected it, and is all there is to go by; a
// name may have the word in it, so what has a dot in it does not count.
func protects(e *types.InvalidChangeBatch) bool {
	words := strings.Fields(strings.ToLower(strings.Join(append(e.Messages, e.ErrorMessage()), " ")))
	return slices.ContainsFunc(words, func(w string) bool {
		return strings.Contains(w, "protect") && !strings.Contains(strings.TrimRight(w, ".,;:]"), ".")
	})
}
