// Command awssim runs the simulated AWS as a program, for rehearsing a cutover
// with unmodified tools: point AWS_ENDPOINT_URL, or the endpoints of a provider,
// at its control address, browsers and curl at its edge address, dig at its DNS
// address.
//
// It keeps nothing: a world ends with its process. It asks for no credentials,
// and therefore refuses to listen anywhere but on loopback unless told that this
// is meant.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
