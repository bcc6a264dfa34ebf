package main

import (
	"context"
	"errors"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
)

// split measures what an edge split costs: a decision and its code, a step until it has arrived beside a step of
// continuous deployment, and what viewers see of it.
func split(ctx context.Context, _ options) ([]figure.Figure, error) {
	var all []figure.Figure
	var failed error
	for _, f := range []figures{
		{pkg: "./internal/edgefunction", test: "TestTheWayThroughTheCodeIsShortWhateverViewersSend", mark: "Benchmark(Decisions|TheViewerRequest)"},
		{pkg: "./internal/provider/edgesplit", test: "TestWhatAStepOfASplitCosts"},
		{pkg: "./internal/provider/edgesplit", test: "TestNobodyFlipsWhere.*", args: []string{"-sessions", "100000"}},
	} {
		found, err := f.take(ctx)
		all, failed = append(all, found...), errors.Join(failed, err)
	}
	return all, failed
}
