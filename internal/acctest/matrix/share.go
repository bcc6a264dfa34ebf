package matrix

import (
	"fmt"
	"hash/fnv"
	"os"
	"sync/atomic"
	"testing"
)

// every is the environment variable that asks for every cell of a matrix, as make matrices
// and the tests of mutants do.
const every = "CDN_MATRIX"

// A Share is the part of a matrix that make test takes. The largest take longer than anybody
// waits for, so make test takes one of Of cells, always the same, drawn by name: so every
// operation, trouble and moment comes up in some of them.
type Share struct {
	Of         uint32
	all, taken atomic.Int64
}

// Takes says whether a cell of a test is in it, and counts.
func (s *Share) Takes(t *testing.T, cell string) bool {
	t.Helper()
	s.all.Add(1)
	h := fnv.New32a()
	_, _ = h.Write([]byte(t.Name() + "/" + cell))
	if os.Getenv(every) != "all" && h.Sum32()%s.Of != 0 {
		return false
	}
	s.taken.Add(1)
	return true
}

// Strides says whether the cell at an index of a row is in it, and counts. Of a row that has as many cells as the
// share is of, some are, however few rows there are; where it begins is drawn by name.
func (s *Share) Strides(t *testing.T, row string, at int) bool {
	t.Helper()
	s.all.Add(1)
	h := fnv.New32a()
	_, _ = h.Write([]byte(t.Name() + "/" + row))
	if os.Getenv(every) != "all" && (uint64(h.Sum32())+uint64(at))%uint64(s.Of) != 0 { //nolint:gosec // an index
		return false
	}
	s.taken.Add(1)
	return true
}

// String implements fmt.Stringer: how many cells of how many were taken.
func (s *Share) String() string {
	return fmt.Sprintf("%d of %d cells", s.taken.Load(), s.all.Load())
}
