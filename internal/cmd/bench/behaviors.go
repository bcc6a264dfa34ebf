package main

import (
	"context"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
)

// behaviors measures what switches inside one distribution cost, alone and many at once, and
// what a browser that loads a page gets meanwhile.
func behaviors(ctx context.Context, _ options) ([]figure.Figure, error) {
	return figures{pkg: "./internal/provider/behaviorswitch", test: "Test(WhatASwitchCosts|ManySwitches.*|WhatAPageLoad.*)", args: []string{"-switches", "20", "-browsers", "40"}}.take(ctx)
}
