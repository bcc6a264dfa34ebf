package route53api_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/route53api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

// Many names are read in few calls: those that follow one another by the page, and
// nothing of what lies far between them.
func TestRecordsOfManyNamesTakeFewCalls(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		s.sim.Turn(func(k *knob.Knobs) { k.RecordThrottling = false })
		var sets []types.ResourceRecordSet
		fill := func(prefix string, n int) {
			for i := range n {
				sets = append(sets, plain(fmt.Sprintf("%s%04d.example.com", prefix, i), types.RRTypeA, 60, "192.0.2.1"))
			}
		}
		fill("a", 350)
		fill("m", 500)
		fill("z", 50)
		for _, id := range []string{"blue", "green", "teal"} { // a name whose records lie on two pages
			set := plain("a0299x.example.com", types.RRTypeA, 60, "192.0.2.2")
			set.SetIdentifier, set.Weight = aws.String(id), aws.Int64(7)
			sets = append(sets, set)
		}
		sets = append(sets, plain("*.example.com", types.RRTypeA, 60, "192.0.2.3"), plain("deep.a0001.example.com", types.RRTypeA, 60, "192.0.2.4"))
		for chunk := range slices.Chunk(sets, 500) {
			s.put(types.ChangeActionCreate, chunk...)
		}
		names := []string{"z0049.example.com", "z0000.example.com", "missing.example.com", "*.example.com", "deep.a0001.example.com", "a0299x.example.com", "zz.example.com"}
		odd := len(names)
		for i := range 350 {
			names = append(names, fmt.Sprintf("a%04d.example.com", i))
		}
		before := s.sim.Journal().Seq()
		found, err := s.client.RecordsOf(s.Context(), s.zone, names)
		s.must(err)
		if n := len(s.sim.Journal().Calls(before)); n > 5 {
			s.Errorf("%d calls", n)
		}
		for i, name := range names {
			if i >= odd && i%25 != 0 { // asking for each alone takes a while
				if got := found[name]; len(got) != 1 || got[0].Name != name {
					s.Errorf("%s: %v", name, got)
				}
				continue
			}
			one, err := s.client.Records(s.Context(), s.zone, name)
			s.must(err)
			if !slices.EqualFunc(one, found[name], func(a, b route53api.Record) bool {
				return a.Name == b.Name && a.Type == b.Type && a.SetIdentifier == b.SetIdentifier && a.Weight == b.Weight && slices.Equal(a.Values, b.Values)
			}) {
				s.Errorf("%s: %v, and alone %v", name, found[name], one)
			}
		}
		if len(found["a0299x.example.com"]) != 3 || found["missing.example.com"] != nil || found["m0001.example.com"] != nil {
			s.Errorf("found %d weighted records, and what nobody asked for", len(found["a0299x.example.com"]))
		}
	})
}
