package main

import (
	"context"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
)

// split measures what an edge split costs per decision, and how long its code is.
func split(ctx context.Context, _ options) ([]figure.Figure, error) {
	return figures{pkg: "./internal/edgefunction", mark: "Benchmark(Decisions|TheViewerRequest)"}.take(ctx)
}
