//go:build race

package matrix

// every is the share of the matrices that runs: the race detector makes a case
// ten times as dear and finds what it finds in few of them. `make test` runs the
// whole of them once more without it.
const every = 6
