// Package ledger keeps, in a bucket, what a release leaves to whoever comes after a run
// that died. What is to be in it is promotion's to decide; it overwrites nothing that it
// has not read, and will never delete anything.
package ledger

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/s3api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
)

// A Store keeps objects under conditions, as *s3api.Client does.
type Store interface {
	Get(ctx context.Context, bucket, key string) (s3api.Object, error)
	Put(ctx context.Context, bucket, key string, seen s3api.Object, body []byte) (s3api.Object, error)
}

// A Ledger is what a bucket has about one primary, as it was read or written last. The
// zero Ledger is that of somebody who keeps none.
type Ledger struct {
	store       Store
	bucket, key string
	seen        s3api.Object
	entry       promotion.Entry
}

// New returns the ledger about a primary in a bucket, not read yet; bucket "": none is kept.
func New(store Store, bucket, primary string) Ledger {
	return Ledger{store: store, bucket: bucket, key: "cdn-staging-promotion/" + primary + ".json"}
}

// Kept says whether there is a bucket.
func (l *Ledger) Kept() bool { return l.bucket != "" }

// Entry is what it has, in the words of whoever wrote it.
func (l *Ledger) Entry() promotion.Entry { return l.entry }

// Read reads it, if it is kept. Errors: *promotion.Obstacle (NoBucket), and those of Store.
func (l *Ledger) Read(ctx context.Context) error {
	if !l.Kept() {
		return nil
	}
	got, err := l.store.Get(ctx, l.bucket, l.key)
	if err != nil {
		return unusable(err)
	}
	l.seen, l.entry = got, promotion.Entry{}
	if json.Unmarshal(got.Body, &l.entry) != nil { // nothing, somebody else's object, or half of ours: it is replaced
		l.entry = promotion.Entry{}
	}
	return nil
}

// Write replaces what it has, on condition that the bucket has that still. Where somebody
// else has written, or nobody knows, it reads again and returns the error: whoever decides
// again then knows that. Errors: as Read, and awsapi.ErrStale.
func (l *Ledger) Write(ctx context.Context, e promotion.Entry) error {
	raw, err := json.Marshal(e)
	if err != nil {
		return err
	}
	seen, err := l.store.Put(ctx, l.bucket, l.key, l.seen, raw)
	if errors.Is(err, awsapi.ErrStale) || errors.Is(err, awsapi.ErrAmbiguous) {
		if again := l.Read(ctx); again != nil {
			return again
		}
	}
	if err != nil {
		return unusable(err)
	}
	l.seen, l.entry = seen, e
	return nil
}

// tries bounds how long viewers wait for the bucket.
const tries = 5

// Condemn marks a release as failed, if it is the one that was begun last. It tries a few
// times, with a pause in between. Errors: as Write, and those of pause.
func (l *Ledger) Condemn(ctx context.Context, tried promotion.Attempt, reason string, pause func(context.Context) error) error {
	for n := 1; l.Kept() && l.entry.Release == tried.Release && l.entry.Failed != reason; n++ {
		e := l.entry
		e.Content, e.Failed = tried.Content, reason
		err := l.Write(ctx, e)
		if err == nil || !awsapi.Transient(err) || ctx.Err() != nil || n == tries {
			return err
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
	return nil
}

// unusable tells a bucket that will never do from one that was out of reach. It says
// nothing about the release.
func unusable(err error) error {
	if errors.Is(err, awsapi.ErrRefused) {
		return &promotion.Obstacle{Kind: promotion.NoBucket, Found: err.Error()}
	}
	return err
}
