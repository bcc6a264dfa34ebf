package route53api

import (
	"cmp"
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
	found   int                 // of these, on pages that did not begin with them
	read    []stretch           // each a page
	busy    chan struct{}       // closed once a page was read; nil: nobody reads
}

// A stretch is what a page holds: the names from one to before another, in the order that we
// expect, "" for the ends of the zone.
type stretch struct{ from, to string }

// want notes that a name is asked for.
func (b *book) want(name string) {
	if _, seen := b.seen[name]; seen && !b.asked[name] {
		b.found++
	}
	b.asked[name] = true
}

// before is where the names begin that nobody has read, on the way to a name: the page that
// reaches it from there reads none twice. ok is false where a page has gone past the name and
// not come across it, which then has no records, or stands elsewhere than we expect.
func (b *book) before(name string) (from string, ok bool) {
	for _, s := range b.read {
		switch {
		case s.from != "" && asListed(s.from, name) > 0:
		case s.to == "" || asListed(name, s.to) < 0:
			return "", false
		case from == "" || asListed(from, s.to) < 0:
			from = s.to
		}
	}
	return from, true
}

// few is for how many names a look-up by name is what everybody needs.
const few = 2

// next is where to read next, for the first name that somebody waits for, and how much. A
// page from that name on takes no more calls than a look-up; where many ask, all of the zone
// will be wanted, and is read from where the last page ended.
func (b *book) next(first string) (from string, most int32) {
	if len(b.asked) <= few {
		return first, pageSize
	}
	if gap, ok := b.before(first); ok && shared.Next(shared.Count{Asked: len(b.asked), Pages: len(b.read), Found: b.found}) == shared.Page {
		return gap, fullPage
	}
	return first, fullPage
}

// SharedRecords is RecordsOf by answers that many callers share, and that may be as old as
// shared.Lasts: it reads whole pages of the zone where several names are asked for. It is for
// whoever compares the answer with what is known already.
func (c *Client) SharedRecords(ctx context.Context, zone string, names []string) (map[string][]Record, error) {
	for {
		c.mu.Lock()
		b := c.book(zone)
		for _, name := range names {
			b.want(name)
		}
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
		}
		over := b.busy
		var first, from string
		var most int32
		if over == nil {
			for name := range b.waiting {
				if _, seen := b.seen[name]; !seen && (first == "" || asListed(name, first) < 0) {
					first = name
				}
			}
			from, most = b.next(first)
			b.busy = make(chan struct{})
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
			err = c.extend(ctx, zone, b, from, most)
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

// extend reads the page that begins with a name, "" for the zone's first, into a book, and on
// for as long as that name does not end.
func (c *Client) extend(ctx context.Context, zone string, b *book, from string, most int32) error {
	found := map[string][]Record{}
	in := &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(zone), MaxItems: aws.Int32(most)}
	if from != "" {
		found[from], in.StartRecordName = nil, aws.String(from)
	}
	var err error
	var next string
	for {
		var page *route53.ListResourceRecordSetsOutput
		if page, err = c.api.ListResourceRecordSets(ctx, in); err != nil {
			err = awsapi.Wrap(ctx, "listing the records of "+cmp.Or(from, "zone "+zone), err)
			break
		}
		first := from
		for _, set := range page.ResourceRecordSets {
			r := record(set)
			found[r.Name] = append(found[r.Name], r)
			first = cmp.Or(first, r.Name)
		}
		if next = ""; page.IsTruncated {
			next = plain(aws.ToString(page.NextRecordName))
		}
		if next == "" || next != first {
			delete(found, next) // the rest of it is on another page
			break
		}
		in.StartRecordName, in.StartRecordType, in.StartRecordIdentifier = page.NextRecordName, page.NextRecordType, page.NextRecordIdentifier
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	close(b.busy)
	b.busy = nil
	if err != nil {
		return err
	}
	b.read = append(b.read, stretch{from, next})
	for name, records := range found {
		if _, known := b.seen[name]; !known && b.asked[name] && name != from {
			b.found++
		}
		b.seen[name] = records
	}
	return nil
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
