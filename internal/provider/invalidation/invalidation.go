// Package invalidation asks CloudFront, once a run has done what it was for, to drop
// the copies that edge locations hold. Nothing that happens to it fails the run: what
// serves is decided, and going back would not make a copy any fresher.
package invalidation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

const (
	// patience is how long a run waits for an invalidation, which CloudFront says takes
	// minutes.
	patience = 15 * time.Minute
	// tries bounds how often a run asks for one that CloudFront is too busy for.
	tries = 5
)

// A Run is the invalidation of one run. The zero value has not been asked for.
type Run struct {
	ID     string // once CloudFront has taken it
	Err    error  // CloudFront would not take it
	Slow   bool   // nobody waits for it any more
	Unseen error  // why its end was not seen, if not for want of patience
	// Unread are cache tags, with #, that were left out because the distribution reads none:
	// CloudFront would have taken them, and dropped nothing.
	Unread []string

	on    string // the distribution
	asked time.Time
	tries int
	done  bool
}

// State says how far it has come.
func (r *Run) State() cutover.Invalidation {
	switch {
	case r.done:
		return cutover.Invalidated
	case r.Slow:
		return cutover.Unconfirmed
	case r.Err != nil:
		return cutover.NotTaken
	case r.ID != "":
		return cutover.Invalidating
	default:
		return ""
	}
}

// Remark is what became of it, for a run's own record; "" if that goes without saying.
func (r *Run) Remark() string {
	switch r.State() {
	case cutover.Unconfirmed:
		why := "after " + patience.String() + " it was still under way"
		if r.Unseen != nil {
			why = r.Unseen.Error()
		}
		return "nobody could see invalidation " + r.ID + " complete: " + why
	case cutover.NotTaken:
		return "nothing was invalidated: " + r.Err.Error()
	case cutover.Invalidated:
		return "invalidation " + r.ID + " is complete"
	case cutover.Invalidating:
	}
	return ""
}

// A Request says what is to be invalidated, and by whom. Its caller reference is the
// same for everybody who invalidates the same paths for the same configuration, so a
// run that carries on after a crash gets the invalidation that exists already.
type Request struct {
	By    string // kind of resource, as in "cdn-bluegreen-switch"
	On    string // id of the distribution
	ETag  string // of the configuration that it is for
	Paths []string
}

func (q Request) reference() string {
	sum := sha256.Sum256([]byte(q.On + "\n" + q.ETag + "\n" + strings.Join(q.Paths, "\n")))
	return q.By + "-" + hex.EncodeToString(sum[:16])
}

// Ask asks for it. taken says that CloudFront has it now. An error means to ask again;
// one that will not pass is in Err.
func (r *Run) Ask(ctx context.Context, p *configured.Provider, q Request) (taken bool, err error) {
	waiting := func(ctx context.Context, why string) { tflog.Info(ctx, why, map[string]any{"distribution": q.On}) }
	made, err := p.CloudFront.Invalidate(awsapi.OnWait(ctx, waiting), q.On, q.reference(), q.Paths)
	switch {
	case ctx.Err() != nil:
		return false, err
	case err == nil:
		r.on, r.ID, r.asked = q.On, made.ID, p.Clock.Now()
		return true, nil
	case awsapi.Transient(err) && r.tries < tries:
		r.tries++
		return false, configured.Again(err)
	default:
		r.Err = err
		return false, nil
	}
}

// Do asks for what a step of a run says, on behalf of a kind of resource (see Request.By), and
// enters it into the run's journal.
func (r *Run) Do(ctx context.Context, p *configured.Provider, log *run.Journal, step cutover.Invalidate, by string) error {
	paths := r.readable(ctx, p, step)
	if len(paths) == 0 {
		r.Err = fmt.Errorf("%s has no CacheTagConfig, so nothing that it holds has a tag", step.On)
		return nil
	}
	taken, err := r.Ask(ctx, p, Request{By: by, On: step.On, ETag: step.ETag, Paths: paths})
	if taken {
		log.Sent(step, p.Clock.Now(), run.Made)
	}
	return err
}

// readable is what of a step the distribution can drop: all of it, unless there are cache tags
// and it is known to read none.
func (r *Run) readable(ctx context.Context, p *configured.Provider, step cutover.Invalidate) (paths []string) {
	r.Unread = nil
	for _, item := range step.Paths {
		if strings.HasPrefix(item, "#") {
			r.Unread = append(r.Unread, item)
		} else {
			paths = append(paths, item)
		}
	}
	if len(r.Unread) == 0 {
		return step.Paths
	}
	// The run has just looked; who cannot look leaves it to CloudFront.
	d, err := p.CloudFront.Distribution(ctx, step.On, p.Clock.Now().Add(-p.Poll))
	if err != nil || d.CacheTagHeader() != "" {
		r.Unread = nil
		return step.Paths
	}
	return paths
}

// Conclude enters what became of it into the journal of a run that has ended.
func (r *Run) Conclude(log *run.Journal) {
	if said := r.Remark(); said != "" {
		log.Note(said)
	}
	if len(r.Unread) > 0 && r.Err == nil {
		log.Note(strings.Join(r.Unread, ", ") + " was left out: " + r.on + " has no CacheTagConfig")
	}
}

// Look looks how far it is. It fails only when the run is interrupted.
func (r *Run) Look(ctx context.Context, p *configured.Provider) error {
	if r.State() != cutover.Invalidating {
		return nil
	}
	made, err := p.CloudFront.Invalidation(ctx, r.on, r.ID)
	switch {
	case ctx.Err() != nil:
		return err
	case err == nil && made.Done:
		r.done = true
	case p.Clock.Now().Sub(r.asked) >= patience, err != nil && !awsapi.Transient(err):
		r.Slow, r.Unseen = true, err // under way, and nothing anybody could do about it
	}
	return nil
}
