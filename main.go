// Command terraform-provider-cdn serves the provider to Terraform and OpenTofu.
package main

import (
	"flag"
	"log"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// version is set by the linker in releases and by `make build`.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "stay in the foreground, so that a debugger can attach")
	flag.Parse()

	err := provider.Serve(version, *debug)
	if err != nil {
		log.Fatal(err)
	}
}
