//go:build !race

package matrix

// every is the share of the matrices that runs: all of them.
const every = 1
