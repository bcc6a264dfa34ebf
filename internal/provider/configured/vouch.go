package configured

import (
	"maps"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
)

// Fields are what fields of a distribution are set to.
type Fields map[cloudfrontapi.Field]cloudfrontapi.FieldValue

// Vouch says what fields of a distribution are set to because an instance of this process
// decides about them. What it said of the same fields before counts no more.
func (p *Provider) Vouch(distribution string, fields Fields) {
	p.turns.mu.Lock()
	defer p.turns.mu.Unlock()
	if p.turns.vouched == nil {
		p.turns.vouched = map[string]Fields{}
	}
	if p.turns.vouched[distribution] == nil {
		p.turns.vouched[distribution] = Fields{}
	}
	maps.Copy(p.turns.vouched[distribution], fields)
}

// Vouches says whether somebody has vouched for anything of a distribution, whatever it has.
func (p *Provider) Vouches(distribution string) bool {
	p.turns.mu.Lock()
	defer p.turns.mu.Unlock()
	return len(p.turns.vouched[distribution]) > 0
}

// Vouched is what somebody has vouched for of a distribution, as far as the distribution has it.
func (p *Provider) Vouched(d cloudfrontapi.Distribution) Fields {
	p.turns.mu.Lock()
	defer p.turns.mu.Unlock()
	out, has := Fields{}, d.Fields()
	for f, v := range p.turns.vouched[d.ID] {
		if has[f] == v {
			out[f] = v
		}
	}
	return out
}
