package main

import (
	"context"
	"os/exec"
	"sync"
	"time"
)

// A process is a child and everything it starts, in a group of its own: Ctrl-C
// reaches only the demo, which then stops its children in the right order.
type process struct {
	*exec.Cmd
	ended chan struct{} // closed once it is gone
	err   error         // of its end; read it after ended
	at    time.Time     // when it ended
	took  time.Duration
}

func newProcess(program string, args ...string) *process {
	p := &process{Cmd: exec.Command(program, args...), ended: make(chan struct{})} //nolint:noctx // it is stopped by stages, not killed by a context
	p.ownGroup()
	return p
}

// start runs the program; read, if any, consumes its pipe until the end.
func (p *process) start(read func()) error {
	began := clk.Now()
	if err := p.Start(); err != nil {
		return err
	}
	var reading sync.WaitGroup
	if read != nil {
		reading.Go(read)
	}
	go func() {
		reading.Wait() // Wait closes the pipe
		p.err = p.Wait()
		p.at = clk.Now()
		p.took = p.at.Sub(began)
		close(p.ended)
	}()
	return nil
}

// within waits for the end, and brings it about after d, whether or not ctx has
// ended.
func (p *process) within(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	go func() {
		if clk.Sleep(ctx, d) == nil {
			p.kill()
		}
	}()
	<-p.ended
}
