package matrix

import (
	"hash/fnv"
	"os"
	"testing"
)

// every is the environment variable that asks for every cell of a matrix, as make matrices
// and the tests of mutants do.
const every = "CDN_MATRIX"

// Left says whether a cell is left out of make test. The largest matrices take longer than
// anybody waits for, so make test takes one of so many cells, always the same, drawn by name:
// so every operation, trouble and moment comes up in some of them.
func Left(t *testing.T, cell string, of uint32) bool {
	t.Helper()
	if os.Getenv(every) == "all" {
		return false
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(t.Name() + "/" + cell))
	return h.Sum32()%of != 0
}
