package configured

import (
	"reflect"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
)

// memory is what refreshes of this process saw, by noun and instance.
type memory struct {
	mu    sync.Mutex
	nouns map[kindOf][]sighting
}

// kindOf narrows down whose state one may be: what is alike has the same one.
type kindOf struct {
	model reflect.Type
	id    string // of the attribute id, where a model has it
}

func kind[M any](state M) kindOf {
	out := kindOf{model: reflect.TypeFor[M]()}
	if v := reflect.ValueOf(state); v.Kind() == reflect.Struct {
		if id := v.FieldByName("ID"); id.IsValid() {
			if is, ok := reflect.TypeAssert[attr.Value](id); ok {
				out.id = is.String()
			}
		}
	}
	return out
}

type sighting struct{ state, seen any } // state is a pointer to a model

// See keeps what a refresh of this process saw, so that the plan that follows can warn
// about it without a call of its own: a plan that refreshes nothing must call nothing,
// and the protocol does not say which kind of plan it is.
//
// Terraform tells no provider the address of an instance, and an id may belong to two of
// them: after a rename without `moved` both stand in state. So what was seen is kept with
// the whole state that the refresh wrote, which Terraform hands to the plan. M is the model
// of one noun, a struct of framework values, O what that noun observes.
func See[M, O any](p *Provider, state M, seen O) {
	p.Own().seen.mu.Lock()
	defer p.Own().seen.mu.Unlock()
	if p.Own().seen.nouns == nil {
		p.Own().seen.nouns = map[kindOf][]sighting{}
	}
	noun := kind(state)
	for i, s := range p.Own().seen.nouns[noun] {
		if fwtypes.Alike(s.state, &state) {
			p.Own().seen.nouns[noun][i].seen = seen
			return
		}
	}
	p.Own().seen.nouns[noun] = append(p.Own().seen.nouns[noun], sighting{&state, seen})
}

// Seen returns what See kept with exactly this state. It returns false for a state that
// this process has not written in a refresh, and while nobody can be asked (p is nil).
func Seen[M, O any](p *Provider, state M) (O, bool) {
	var none O
	if p == nil {
		return none, false
	}
	p.Own().seen.mu.Lock()
	defer p.Own().seen.mu.Unlock()
	for _, s := range p.Own().seen.nouns[kind(state)] {
		if seen, ok := s.seen.(O); ok && fwtypes.Alike(s.state, &state) {
			return seen, true
		}
	}
	return none, false
}
