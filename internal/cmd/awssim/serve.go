package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// settings are the flags of serve.
type settings struct {
	control, edge, dns string
	insecure, verbose  bool
	world              awssim.Options
}

// parse reads the flags; flag.ErrHelp means that the user only asked what they are.
func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	knobs := knob.Defaults()
	flags := flag.NewFlagSet("awssim serve", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.control, "addr", "127.0.0.1:4566", "address of the AWS services and of "+awssim.AdminPath+"; port 0 takes a free one, here and below")
	flags.StringVar(&s.edge, "edge", "127.0.0.1:8080", "address of the POPs, for plain HTTP and TLS")
	flags.StringVar(&s.dns, "dns", "127.0.0.1:5353", "address of the name server, for UDP and TCP")
	flags.StringVar(&s.world.Account, "account", "123456789012", "account number, 12 digits")
	flags.IntVar(&s.world.POPs, "pops", 24, "number of points of presence")
	flags.DurationVar(&s.world.Propagation, "propagation", 0, "about how long a change needs to reach the last POP; 0s is CloudFront's own pace: half of all changes take no more than 90s, some take minutes")
	flags.Uint64Var(&s.world.Seed, "seed", 1, "the same seed draws the same ids and delays")
	flags.BoolVar(&s.insecure, "insecure-listen", false, "allow addresses that are not loopback, although nothing here asks for credentials")
	flags.BoolVar(&s.verbose, "verbose", false, "log every call on stderr")
	flags.Func("knob", "`name=value`, may be repeated: answer a question that AWS leaves open. Names: "+strings.Join(knob.Names(), ", "), func(arg string) error {
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			return errors.New("not of the form name=value")
		}
		return knobs.Set(name, value)
	})
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	s.world.Knobs = &knobs
	switch {
	case flags.NArg() > 0:
		return s, fmt.Errorf("serve takes flags only, not %q", flags.Arg(0))
	case len(s.world.Account) != 12 || strings.Trim(s.world.Account, "0123456789") != "":
		return s, fmt.Errorf("-account %q: an AWS account number has 12 digits", s.world.Account)
	case s.world.POPs < 1:
		return s, fmt.Errorf("-pops %d: there has to be at least one", s.world.POPs)
	case s.world.Propagation < 0:
		return s, fmt.Errorf("-propagation %v: cannot be below zero", s.world.Propagation)
	case s.world.Seed == 0:
		return s, errors.New("-seed 0: has to be above zero")
	}
	return s, s.checkAddresses()
}

// checkAddresses refuses to let strangers in.
func (s settings) checkAddresses() error {
	for name, addr := range map[string]string{"addr": s.control, "edge": s.edge, "dns": s.dns} {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			return fmt.Errorf("-%s %q: not of the form host:port: %w", name, addr, err)
		}
		ip, err := netip.ParseAddr(host)
		if s.insecure || host == "localhost" || err == nil && ip.Unmap().IsLoopback() {
			continue
		}
		return fmt.Errorf("-%s %s is not a loopback address; whoever reaches it can change everything, because the simulator asks for no credentials. If that is meant, add -insecure-listen", name, addr)
	}
	return nil
}

func serve(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "awssim: %v\n", err)
		return exitUsage
	}
	if err := s.run(ctx, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "awssim: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// run listens, says so in one line, and returns once everything has stopped.
func (s settings) run(parent context.Context, stdout, stderr io.Writer) error {
	ctx, stop := context.WithCancelCause(parent)
	defer stop(nil)
	var l net.ListenConfig
	control, err := l.Listen(ctx, "tcp", s.control)
	if err != nil {
		return fmt.Errorf("listening for AWS clients: %w", err)
	}
	defer control.Close()
	edge, err := l.Listen(ctx, "tcp", s.edge)
	if err != nil {
		return fmt.Errorf("listening for viewers: %w", err)
	}
	defer edge.Close()

	if at, err := netip.ParseAddrPort(edge.Addr().String()); err == nil && !at.Addr().IsUnspecified() {
		if ip := at.Addr().Unmap(); ip.Is4() {
			s.world.EdgeIPv4 = ip
		} else {
			s.world.EdgeIPv6 = ip
		}
	}
	w := awssim.New(s.world)
	var running sync.WaitGroup
	part := func(what string, f func() error) {
		running.Go(func() {
			if err := f(); err != nil {
				stop(fmt.Errorf("%s: %w", what, err))
			}
		})
	}
	part("name server", func() error { return w.DNS().Serve(ctx, s.dns) })
	part("edge", func() error { return w.Fleet().Serve(ctx, edge) })
	part("control planes", func() error { return serveControl(ctx, control, logged(w, s.verbose, stderr)) })

	if dns := w.DNS().Addr(ctx); dns.IsValid() {
		_, err = fmt.Fprintf(stdout, "awssim ready: control=http://%s edge=http://%s dns=%s account=%s pops=%d propagation=%s seed=%d\n",
			control.Addr(), edge.Addr(), dns, w.Account(), s.world.POPs, w.Propagation().Span(), s.world.Seed)
		if err != nil {
			stop(fmt.Errorf("saying that it is ready: %w", err))
		}
		<-ctx.Done()
	}
	running.Wait()
	if parent.Err() != nil {
		return nil // asked to stop, and did
	}
	return context.Cause(ctx)
}

func serveControl(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, done := clock.WithTimeout(context.WithoutCancel(ctx), clock.System{}, time.Second)
	defer done()
	if server.Shutdown(grace) != nil {
		_ = server.Close()
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// logged writes a line for each call to the control planes.
func logged(w *awssim.World, verbose bool, stderr io.Writer) http.Handler {
	if !verbose {
		return w.Control()
	}
	lines := log.New(stderr, "", log.Ltime|log.Lmicroseconds)
	var mu sync.Mutex
	last := 0
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		defer func() { // a cut connection is a panic
			mu.Lock()
			defer mu.Unlock()
			for _, c := range w.Journal().Calls(last) {
				last = c.Seq
				lines.Printf("%d %s %s %v -> %d %s %s", c.Seq, c.Service, c.Operation, c.Labels, c.Status, c.Code, c.Fault)
			}
		}()
		w.Control().ServeHTTP(rw, r)
	})
}
