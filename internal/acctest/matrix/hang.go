package matrix

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// held is by how much one dead connection may make a run longer: the time of one attempt
// at a write, a few looks, and what is waited for anew after a write that came to nothing.
const held = 4 * time.Minute

// A hanging is a way to AWS on which one call gets no answer, although the connection
// is there.
type hanging struct {
	rt     http.RoundTripper
	e      *acctest.Env
	before int
	u      Unanswered
	how    string

	mu     sync.Mutex
	struck bool
}

// deadWays are what may become of the one call.
func deadWays() []string { return []string{"blackholed", "half-open", "trickling"} }

// RoundTrip implements http.RoundTripper.
func (h *hanging) RoundTrip(req *http.Request) (*http.Response, error) {
	h.mu.Lock()
	hit := !h.struck && awsmiddleware.GetOperationName(req.Context()) == h.u.Operation && len(h.e.Writes(h.before)) >= h.u.After
	h.struck = h.struck || hit
	h.mu.Unlock()
	if !hit {
		return h.rt.RoundTrip(req)
	}
	if h.how == "blackholed" { // it never arrived
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	resp, err := h.rt.RoundTrip(req)
	if err != nil {
		return resp, err
	}
	if h.how == "half-open" { // it arrived, and its answer did not
		_ = resp.Body.Close()
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	resp.Body = &drops{ctx: req.Context(), ReadCloser: resp.Body}
	return resp, nil
}

// drops is an answer that comes a byte every two seconds, so that no single read takes long.
type drops struct {
	ctx context.Context //nolint:containedctx // of the request that it answers
	io.ReadCloser
}

// Read implements io.Reader.
func (d *drops) Read(p []byte) (int, error) {
	if err := (clock.System{}).Sleep(d.ctx, 2*time.Second); err != nil {
		return 0, err
	}
	return d.ReadCloser.Read(p[:min(len(p), 1)])
}

// Hang lets the connection of one call go dead, of each operation at each moment at which
// it matters, the way back included: the same run ends as it would have, and not much later.
func Hang(t *testing.T, scenarios ...Scenario) {
	t.Helper()
	var worst atomic.Int64
	o := ordeal{share: Share{Of: 8}, cells: func(usual spared) (out []cell) {
		for _, u := range moments(usual.calls) {
			for _, how := range deadWays() {
				out = append(out, hangs(u, how, usual.took, &worst))
			}
		}
		return out
	}}
	t.Run("all", func(t *testing.T) { o.try(t, scenarios...) })
	t.Logf("%s, at most %s longer than without", &o.share, time.Duration(worst.Load()))
}

// hangs is the cell in which the connection of a call goes dead.
func hangs(u Unanswered, how string, usual time.Duration, worst *atomic.Int64) cell {
	var way *hanging
	return cell{
		name: fmt.Sprintf("%s/%s/after=%d", u.Operation, how, u.After),
		happens: func(r *trial) {
			way = &hanging{rt: r.e.World.Transport(), e: r.e, before: r.before, u: u, how: how}
			r.c.World.Transport = way
		},
		judge: func(r *trial) {
			r.asUsual()
			longer := r.took - usual
			if longer > held {
				r.t.Errorf("it took %s longer than without", longer)
			}
			for old := worst.Load(); int64(longer) > old && !worst.CompareAndSwap(old, int64(longer)); old = worst.Load() {
			}
			if !way.struck {
				r.t.Errorf("%s was not called after write %d", u.Operation, u.After)
			}
			r.c.World.Transport = r.e.World.Transport()
			r.Check(r.t, r.e, r.c)
		},
	}
}
