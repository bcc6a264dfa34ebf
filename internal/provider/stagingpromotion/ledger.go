package stagingpromotion

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/s3api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
)

// A ledger is what the snapshot bucket has about a primary. State is written when a run
// returns; this is written before it does something that a run which dies could not
// tell: before a release begins, and before it is taken back.
type ledger struct {
	bucket string // "": there is none
	again  bool   // what failed may be tried again
	seen   s3api.Object
	entry  entry
	tries  int
	dated  string // when this run first wrote, the primary still had what was settled
}

// An entry is the ledger's object.
type entry struct {
	Release string `json:"release"` // that was begun last
	Content string `json:"content"` // of staging, then
	Settled string `json:"settled"` // content of the way back
	WayBack string `json:"way_back"`
	Failed  string `json:"failed,omitempty"` // why it was taken back
	// Before and Grounds are what Settled was called, and why it counts as settled.
	Before  string `json:"settled_release,omitempty"`
	Grounds string `json:"settled_grounds,omitempty"`
	// Until is until when the primary is known to have had Settled (RFC 3339); "": nobody knows.
	Until string `json:"settled_until,omitempty"`
}

func (w *workflow) key() string { return "cdn-staging-promotion/" + w.spec.Primary + ".json" }

// recall reads the ledger.
func (w *workflow) recall(ctx context.Context) error {
	if w.ledger.bucket == "" {
		return nil
	}
	got, err := w.p.S3.Get(ctx, w.ledger.bucket, w.key())
	if err != nil {
		return unusable(err)
	}
	var e entry
	if len(got.Body) > 0 {
		if err := json.Unmarshal(got.Body, &e); err != nil { // somebody else's object, or half of ours: it is replaced
			e = entry{}
		}
	}
	w.ledger.seen, w.ledger.entry = got, w.translated(e)
	return nil
}

// translated is an entry with the names that this run has for its contents. A run of
// another build may have written it, and the same configuration has another text where a
// build knows more settings.
func (w *workflow) translated(e entry) entry {
	names := []string{cloudfrontapi.ContentOf(e.WayBack)}
	for _, r := range w.onRecord {
		names = append(names, r.Known)
	}
	for _, d := range []cloudfrontapi.Distribution{w.read.primary, w.read.staging} {
		if d.ID != "" {
			names = append(names, w.names.Name(d.Content()))
		}
	}
	for _, content := range []*string{&e.Content, &e.Settled} {
		for _, name := range names { // what is on record and what is seen now have the last word
			if identity.Compare(identity.Parse(*content), identity.Identity{Known: name}) == identity.Same {
				*content = name
			}
		}
	}
	return e
}

// unusable tells a bucket that will never do from one that was out of reach. It says
// nothing about the release.
func unusable(err error) error {
	if errors.Is(err, awsapi.ErrRefused) {
		return &promotion.Obstacle{Kind: promotion.NoBucket, Found: err.Error()}
	}
	return err
}

// failedBefore says why this very release was taken back, "" if it was not.
func (l ledger) failedBefore(release string, obs promotion.Observation) string {
	if l.again || l.entry.Release != release || l.entry.Content != obs.Staging.Content {
		return ""
	}
	return l.entry.Failed
}

// tookBack says whether the release that state calls settled was taken back since, by
// an action that state knows nothing of, and the primary has what was before it.
func (l ledger) tookBack(settled string, obs promotion.Observation) bool {
	return l.entry.Failed != "" && l.entry.Content == settled && l.entry.Settled == obs.Primary.Content
}

// name is what an entry calls a content of the primary that was not taken back; "": nothing.
func (l ledger) name(content string) string {
	switch {
	case content == l.entry.Settled:
		return l.entry.Before
	case content == l.entry.Content && l.entry.Failed == "":
		return l.entry.Release
	default:
		return ""
	}
}

// until is until when the primary is known to have had what was settled, before it got
// another content; zero: the ledger does not say.
func (l ledger) until(settled, content string) time.Time {
	if l.entry.Settled != settled || l.entry.Content != content {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, l.entry.Until)
	if err != nil {
		return time.Time{}
	}
	return at
}

// enter writes down that a release of a content begins, with the way back from it.
func (w *workflow) enter(ctx context.Context, content string) error {
	e := entry{Release: w.spec.Release, Content: content, Settled: w.spec.Settled, WayBack: w.wayBack}
	if p := w.prior; p != nil && p.Settled == e.Settled {
		e.Before, e.Grounds = p.Release, string(p.Grounds)
	}
	if w.ledger.dated == "" && !w.until.IsZero() {
		w.ledger.dated = w.until.UTC().Format(time.RFC3339)
	}
	e.Until = w.ledger.dated
	if w.ledger.bucket == "" || w.ledger.entry == e || w.spec.Purpose != promotion.Release {
		return nil
	}
	return w.put(ctx, e)
}

// condemn marks a release as failed.
func (w *workflow) condemn(ctx context.Context, tried promotion.Attempt, reason string) error {
	e := w.ledger.entry
	e.Failed = reason
	if w.ledger.bucket == "" || e == w.ledger.entry || e.Release != tried.Release {
		return nil
	}
	e.Content = tried.Content
	for {
		err := w.put(ctx, e)
		if err == nil || !awsapi.Transient(err) || ctx.Err() != nil || w.ledger.tries > maxTries {
			return err
		}
		w.ledger.tries++
		if err := w.p.Clock.Sleep(ctx, w.p.Poll); err != nil {
			return err
		}
	}
}

// maxTries bounds how long viewers wait for the bucket.
const maxTries = 3

// put writes the ledger on condition that it is as this run knows it. Where somebody
// else has written, the next try knows that.
func (w *workflow) put(ctx context.Context, e entry) error {
	raw, err := json.Marshal(e)
	if err != nil {
		return err
	}
	seen, err := w.p.S3.Put(ctx, w.ledger.bucket, w.key(), w.ledger.seen, raw)
	if errors.Is(err, awsapi.ErrStale) || errors.Is(err, awsapi.ErrAmbiguous) {
		if again := w.recall(ctx); again != nil {
			return again
		}
	}
	if err != nil {
		return unusable(err)
	}
	w.ledger.seen, w.ledger.entry = seen, e
	return nil
}
