package edgesplit_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// A connection that goes dead holds up neither the way nor the way back.
func TestNoOperationHangsTheWayBack(t *testing.T) {
	t.Parallel()
	matrix.Hang(t, told("rolled back")...)
}
