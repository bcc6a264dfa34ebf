package route53api_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/shared"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Hundreds of readers that want a name each read the pages of a zone, in whichever order they
// come; two ask for what they want.
func TestReadersOfOneZoneShareItsPages(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		s.sim.Turn(func(k *knob.Knobs) { k.RecordThrottling = false })
		const names, pages = 450, 3
		var sets []types.ResourceRecordSet
		for i := range names {
			sets = append(sets, plain(fmt.Sprintf("www-%d.example.com", i), types.RRTypeA, 60, "192.0.2.1"), plain(fmt.Sprintf("www-%d.example.com", i), types.RRTypeAaaa, 60, "2001:db8::1"))
		}
		for chunk := range slices.Chunk(sets, 500) {
			s.put(types.ChangeActionCreate, chunk...)
		}
		inOrder := make([]int, names)
		for i := range inOrder {
			inOrder[i] = i
		}
		dice := rand.New(rand.NewPCG(3, 1)) //nolint:gosec // the same each time
		for what, order := range map[string][]int{"in order": inOrder, "in any order": dice.Perm(names), "a pair": {17, 300}} {
			s.must(clock.System{}.Sleep(s.Context(), shared.Lasts+1)) // what was read is forgotten
			before := s.sim.Journal().Seq()
			next := make(chan int)
			var readers sync.WaitGroup
			for range 10 {
				readers.Go(func() {
					for i := range next {
						name := fmt.Sprintf("www-%d.example.com", i)
						if found, err := s.client.SharedRecords(s.Context(), s.zone, []string{name}); err != nil || len(found[name]) != 2 || len(found) != 1 {
							s.Errorf("%s: %v, %v", name, found, err)
						}
					}
				})
			}
			for _, i := range order {
				next <- i
			}
			close(next)
			readers.Wait()
			if calls, most := len(s.sim.Journal().Calls(before)), min(pages+5, len(order)); calls > most {
				s.Errorf("%s: %d calls for %d names, want %d at most", what, calls, len(order), most)
			}
		}
	})
}

// What this process writes it sees, at once.
func TestASharedAnswerEndsWithAWrite(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		s.put(types.ChangeActionCreate, plain(www, types.RRTypeA, 60, "192.0.2.1"))
		value := func() string {
			found, err := s.client.SharedRecords(s.Context(), s.zone, []string{www})
			s.must(err)
			return found[www][0].Values[0]
		}
		was, err := s.client.Records(s.Context(), s.zone, www)
		s.must(err)
		if value() != "192.0.2.1" {
			s.Error("it is not what was put there")
		}
		s.put(types.ChangeActionUpsert, plain(www, types.RRTypeA, 60, "192.0.2.2"))
		if value() != "192.0.2.1" {
			s.Error("an answer is not shared")
		}
		was[0].Values = []string{"192.0.2.2"}
		is := was[0]
		is.Values = []string{"192.0.2.3"}
		_, err = s.client.Replace(s.Context(), s.zone, "", was, append(was[:0:0], is))
		s.must(err)
		if got := value(); got != "192.0.2.3" {
			s.Errorf("after a write: %s", got)
		}
	})
}
