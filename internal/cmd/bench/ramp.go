package main

import (
	"context"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
)

// ramp measures what it costs to move many names one step, beside hashicorp/aws where
// there is one: internal/tools/cli looks for it.
func ramp(ctx context.Context, _ options) ([]figure.Figure, error) {
	return figures{pkg: "./internal/provider/weightedramp", test: "TestAccWeightedRamp_costOfAStep", args: []string{"-names", "500"}}.take(ctx)
}

// comparison measures how often the gates' comparison of error rates is wrong, and how
// often it finds what it is there for.
func comparison(ctx context.Context, _ options) ([]figure.Figure, error) {
	return figures{pkg: "./internal/gate", test: "TestWhatAComparisonIsWorth", args: []string{"-bakes", "10000"}}.take(ctx)
}
