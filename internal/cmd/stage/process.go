package stage

import (
	"context"
	"os/exec"
	"sync"
	"time"
)

// A Child is a process and everything it starts, in a group of its own: Ctrl-C
// reaches only the parent, which then stops its children in the right order.
type Child struct {
	*exec.Cmd
	Ended chan struct{} // closed once it is gone
	Err   error         // of its end; read it after Ended
	At    time.Time     // when it ended
	Took  time.Duration
}

// NewChild prepares one; Start runs it.
func NewChild(program string, args ...string) *Child {
	p := &Child{Cmd: exec.Command(program, args...), Ended: make(chan struct{})} //nolint:noctx // it is stopped by stages, not killed by a context
	p.ownGroup()
	return p
}

// Start runs the program; read, if any, consumes its pipe until the end.
func (p *Child) Start(read func()) error {
	began := clk.Now()
	if err := p.Cmd.Start(); err != nil {
		return err
	}
	var reading sync.WaitGroup
	if read != nil {
		reading.Go(read)
	}
	go func() {
		reading.Wait() // Wait closes the pipe
		p.Err = p.Wait()
		p.At = clk.Now()
		p.Took = p.At.Sub(began)
		close(p.Ended)
	}()
	return nil
}

// Within waits for the end, and brings it about after d, whether or not ctx has
// ended.
func (p *Child) Within(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	go func() {
		if clk.Sleep(ctx, d) == nil {
			p.Kill()
		}
	}()
	<-p.Ended
}
