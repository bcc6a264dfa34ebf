package route53api

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/shared"
)

// A book is what was read of one zone within a moment.
type book struct {
	began   time.Time
	seen    map[string][]Record // by name; empty for one that has none
	waiting map[string]int      // who would like to know of a name
	asked   map[string]bool     // names, since it began
	busy    chan struct{}       // closed once a page was read; nil: nobody reads
}

// few is for how many names a look-up by name is what everybody needs.
const few = 2

// SharedRecords is RecordsOf by answers that many callers share, and that may be as old as
// shared.Lasts: it reads whole pages of the zone where several names are asked for, each from
// the first name that somebody waits for. It never takes more calls than a look-up for each
// name. It is for whoever compares the answer with what is known already.
func (c *Client) SharedRecords(ctx context.Context, zone string, names []string) (map[string][]Record, error) {
	for {
		c.mu.Lock()
		b := c.book(zone)
		unseen := slices.DeleteFunc(slices.Clone(names), func(name string) bool { _, ok := b.seen[name]; return ok })
		if len(unseen) == 0 {
			out := map[string][]Record{}
			for _, name := range names {
				if r := b.seen[name]; len(r) > 0 {
					out[name] = slices.Clone(r)
				}
			}
			c.mu.Unlock()
			return out, nil
		}
		for _, name := range unseen {
			b.waiting[name]++
			b.asked[name] = true
		}
		over := b.busy
		var first string
		if over == nil {
			for name := range b.waiting {
				if _, seen := b.seen[name]; !seen && (first == "" || asListed(name, first) < 0) {
					first = name
				}
			}
			b.busy = make(chan struct{})
		}
		most := int32(fullPage)
		if len(b.asked) <= few {
			most = pageSize
		}
		c.mu.Unlock()
		var err error
		if over != nil {
			select {
			case <-over:
			case <-ctx.Done():
				err = ctx.Err()
			}
		} else {
			err = c.extend(ctx, zone, b, first, most)
		}
		c.mu.Lock()
		for _, name := range unseen {
			if b.waiting[name]--; b.waiting[name] == 0 {
				delete(b.waiting, name)
			}
		}
		c.mu.Unlock()
		if err != nil {
			return nil, err
		}
	}
}

// extend reads the page that begins with a name into a book, and on for as long as that name
// does not end.
func (c *Client) extend(ctx context.Context, zone string, b *book, first string, most int32) error {
	found := map[string][]Record{first: nil}
	in := &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(zone), StartRecordName: aws.String(first), MaxItems: aws.Int32(most)}
	var err error
	for {
		var page *route53.ListResourceRecordSetsOutput
		if page, err = c.api.ListResourceRecordSets(ctx, in); err != nil {
			err = awsapi.Wrap(ctx, "listing the records of "+first, err)
			break
		}
		for _, set := range page.ResourceRecordSets {
			r := record(set)
			found[r.Name] = append(found[r.Name], r)
		}
		next := plain(aws.ToString(page.NextRecordName))
		if !page.IsTruncated || next != first {
			if page.IsTruncated {
				delete(found, next) // the rest of it is on another page
			}
			break
		}
		in.StartRecordName, in.StartRecordType, in.StartRecordIdentifier = page.NextRecordName, page.NextRecordType, page.NextRecordIdentifier
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	close(b.busy)
	b.busy = nil
	if err == nil {
		for name, records := range found {
			b.seen[name] = records
		}
	}
	return err
}

// book is that of a zone that lasts, or a new one. The caller holds mu.
func (c *Client) book(zone string) *book {
	now := c.clock.Now()
	b := c.books[zone]
	if b == nil || now.Sub(b.began) > shared.Lasts {
		b = &book{began: now, seen: map[string][]Record{}, waiting: map[string]int{}, asked: map[string]bool{}}
		c.books[zone] = b
	}
	return b
}

// forget drops what was read of a zone: this process has written there, or may have. Whoever
// waits for a page of it reads one of the new book then.
func (c *Client) forget(zone string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.books, zone)
}
