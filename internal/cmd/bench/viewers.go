package main

import (
	"context"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
)

// perSecond is how many requests the fleet answers while it changes sides.
const perSecond = "1000"

// viewers counts the answers of a fleet under load during a cutover.
func viewers(ctx context.Context, _ options) ([]figure.Figure, error) {
	return figures{pkg: switchPackage, test: "TestWhatViewersSeeOfACutover", args: []string{"-viewers", perSecond}}.take(ctx)
}

// mutants counts the same with providers that lack one safety each, in situations in
// which that matters, and beside the provider itself. It takes some twenty minutes.
func mutants(ctx context.Context, _ options) ([]figure.Figure, error) {
	return figures{pkg: switchPackage, mark: "BenchmarkWhatViewersSeeOfMutants", args: []string{"-viewers", perSecond}}.take(ctx)
}
