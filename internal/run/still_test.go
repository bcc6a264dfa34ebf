package run_test

import (
	"errors"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

func TestAWriteIsMadeOnlyIfItWouldBeDecidedOnAgain(t *testing.T) {
	t.Parallel()
	off, on := false, true
	if step, err := run.Still(newLamp(&off, true), off, turn(true), cutover.Same); err != nil || step != true {
		t.Errorf("of a lamp that is as it was: %v, %v", step, err)
	}
	if _, err := run.Still(newLamp(&on, false), on, turn(true), cutover.Same); !errors.Is(err, engine.ErrAgain) {
		t.Errorf("of a lamp that is to be turned otherwise: %v", err)
	}
	broken := newLamp(&on, true)
	broken.flicker = true
	if _, err := run.Still(broken, on, turn(true), cutover.Same); !errors.Is(err, engine.ErrAgain) {
		t.Errorf("of a lamp that fails meanwhile: %v", err)
	}
}
