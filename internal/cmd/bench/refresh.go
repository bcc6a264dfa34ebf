package main

import (
	"context"
	"errors"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
)

// refresh measures what a plan without changes costs where there are many switches: in virtual
// time, and one of 500 on this machine's clock and in its memory.
func refresh(ctx context.Context, _ options) ([]figure.Figure, error) {
	out, err := figures{pkg: switchPackage, test: "TestFiguresOfARefresh", args: []string{"-switches", "500"}}.take(ctx)
	here, also := figures{pkg: switchPackage, mark: "BenchmarkRefreshOfManySwitches", args: []string{"-switches", "500"}}.take(ctx)
	return append(out, here...), errors.Join(err, also)
}
