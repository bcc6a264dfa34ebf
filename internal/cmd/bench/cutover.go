package main

import (
	"context"
	"errors"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
)

// cutover measures the time and the calls of a cutover by each method, at the
// default poll_interval.
func cutover(ctx context.Context, _ options) ([]figure.Figure, error) {
	return figures{pkg: switchPackage, test: "TestWhatACutoverCostsByMethod"}.take(ctx)
}

// release measures the same of a release through continuous deployment.
func release(ctx context.Context, _ options) ([]figure.Figure, error) {
	return figures{pkg: "./internal/provider/stagingpromotion", test: "TestWhatAReleaseCosts"}.take(ctx)
}

// together measures what many cutovers in one apply take longer than one.
func together(ctx context.Context, _ options) ([]figure.Figure, error) {
	return figures{pkg: switchPackage, test: "TestManyCutoversTakeLittleLongerThanOne", args: []string{"-together", "50"}}.take(ctx)
}

// imports measures what import blocks of many switches ask AWS.
func imports(ctx context.Context, _ options) ([]figure.Figure, error) {
	switches, err := figures{pkg: switchPackage, test: "TestAnImportOfManyAsksAboutEachSideOnce", args: []string{"-switches", "500"}}.take(ctx)
	ramps, failed := figures{pkg: "./internal/provider/weightedramp", test: "TestWhatManyRampsOfAZoneCost", args: []string{"-names", "500"}}.take(ctx)
	return append(switches, ramps...), errors.Join(err, failed)
}
