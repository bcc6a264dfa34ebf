// Command terraform-provider-cdn serves the provider to Terraform and OpenTofu.
package main

import (
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// version is set by the linker in releases and by `make build`.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "stay in the foreground, so that a debugger can attach")
	flag.Parse()

	var opts []tf6server.ServeOpt
	if *debug {
		opts = append(opts, tf6server.WithManagedDebug())
	}
	if err := tf6server.Serve("registry.terraform.io/cdn-bluegreen/cdn", provider.Server(provider.World{}, version), opts...); err != nil {
		log.Fatal(err)
	}
}
