package main

import (
	"context"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
)

// query measures what lists of an estate cost, in virtual time.
func query(ctx context.Context, _ options) ([]figure.Figure, error) {
	return figures{pkg: "./internal/provider", test: "TestWhatListsOfManyCost", args: []string{"-listed", "1000"}}.take(ctx)
}
