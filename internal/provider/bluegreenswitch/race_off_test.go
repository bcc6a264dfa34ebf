//go:build !race

package bluegreenswitch_test

// every is the share of the matrices that runs: all of them.
const every = 1
