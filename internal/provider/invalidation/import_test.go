package invalidation_test

import (
	"context"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
)

func TestAnInvalidationArrivesWithoutAWrite(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		config := with(released(w.Env, "7"), "triggers", map[string]any{"release": "7", "live side": "a=b&c"})
		w.apply(t, config)
		id, before := w.Get("id"), w.Env.World.Journal().Seq()
		arrived := acctest.NewCore(resourceType, w.Env.World.Clock(), w.Env.World.Transport())
		if d, err := arrived.Import(context.Background(), w.Blue.ID+"/"+id+"?release=7&live+side=a%3Db%26c"); err != nil || len(d) > 0 {
			t.Fatal(err, d)
		}
		w.Core = arrived
		w.silent(t, config)
		if len(w.Writes(before)) > 0 || w.Get("id") != id {
			t.Errorf("%s became %s, wrote %v", id, w.Get("id"), w.Writes(before))
		}
		w.apply(t, released(w.Env, "8"))
		if n := len(droppings(t, w.Env, w.Blue)); n != 2 {
			t.Errorf("another release left %d invalidations", n)
		}
	})
}

func TestAnImportThatFindsNothingSaysSo(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]string{
		"no slash": "E1", "two slashes": "E1/I2/x", "no invalidation": "E1/", "triggers that are none": "E1/I2?%zz", "unknown distribution": "E1/I2", "unknown invalidation": "BLUE/I2",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in(t, func(t *testing.T, w *world) {
				d, err := w.Import(context.Background(), strings.Replace(id, "BLUE", w.Blue.ID, 1))
				if err != nil || len(d.Errors()) != 1 || !w.Core.State.IsNull() {
					t.Errorf("%v: %s", err, d)
				}
				golden.Said(t, "import", name, d.String())
			})
		})
	}
}
