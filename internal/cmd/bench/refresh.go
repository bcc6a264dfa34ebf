package main

import (
	"context"
	"errors"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
)

// refresh measures what a plan without changes costs where there are many switches, releases,
// policies, copies or data sources: in virtual time, and one of 500 switches on this machine's clock and in its memory.
func refresh(ctx context.Context, _ options) ([]figure.Figure, error) {
	var all []figure.Figure
	var failed error
	for _, f := range []figures{
		{pkg: switchPackage, test: "TestFiguresOfARefresh", args: []string{"-switches", "500"}},
		{pkg: switchPackage, mark: "BenchmarkRefreshOfManySwitches", args: []string{"-switches", "500"}},
		{pkg: "./internal/provider/stagingpromotion", test: "TestWhatARefreshOfManyReleasesCosts", args: []string{"-releases", "200"}},
		{pkg: "./internal/provider/continuousdeployment", test: "TestWhatARefreshOfManyDeploymentsCosts"},
		{pkg: "./internal/provider/stagingdistribution", test: "TestWhatARefreshOfManyCopiesCosts"},
		{pkg: "./internal/provider/preflight", test: "TestWhatManyPreflightsCost"},
		{pkg: "./internal/provider/preflight", test: "TestWhatManyPreflightsCostThatFindSomething"},
		{pkg: "./internal/provider", test: "TestWhatManyDataSourcesCost"},
	} {
		found, err := f.take(ctx)
		all, failed = append(all, found...), errors.Join(failed, err)
	}
	return all, failed
}
