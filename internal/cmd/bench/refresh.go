package main

import (
	"context"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
)

// refresh measures what a plan without changes costs where there are many switches.
func refresh(ctx context.Context, _ options) ([]figure.Figure, error) {
	return figures{pkg: switchPackage, mark: "BenchmarkRefreshOfManySwitches", args: []string{"-switches", "500"}}.take(ctx)
}
