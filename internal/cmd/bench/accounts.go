package main

import (
	"context"
	"errors"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
)

// accounts measures what viewers at every edge location get while a name moves to a distribution of
// another account: by each way of the switch's, and by hand.
func accounts(ctx context.Context, _ options) ([]figure.Figure, error) {
	moves, err := figures{pkg: switchPackage, test: "TestWhatAMoveBetweenAccountsCosts", args: []string{"-every-pace", "-pause", "1s"}}.take(ctx)
	dances, failed := figures{pkg: switchPackage, test: "TestTheDanceLosesNobodyAtAnyPace", args: []string{"-draws", "50"}}.take(ctx)
	return append(moves, dances...), errors.Join(err, failed)
}
