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
	p.Own().turns.mu.Lock()
	defer p.Own().turns.mu.Unlock()
	if p.Own().turns.vouched == nil {
		p.Own().turns.vouched = map[string]Fields{}
	}
	if p.Own().turns.vouched[distribution] == nil {
		p.Own().turns.vouched[distribution] = Fields{}
	}
	maps.Copy(p.Own().turns.vouched[distribution], fields)
}

// Vouches says whether somebody has vouched for anything of a distribution, whatever it has.
func (p *Provider) Vouches(distribution string) bool {
	p.Own().turns.mu.Lock()
	defer p.Own().turns.mu.Unlock()
	return len(p.Own().turns.vouched[distribution]) > 0
}

// Vouched is what somebody has vouched for of a distribution, as far as the distribution has it.
func (p *Provider) Vouched(d cloudfrontapi.Distribution) Fields {
	p.Own().turns.mu.Lock()
	defer p.Own().turns.mu.Unlock()
	out, has := Fields{}, d.Fields()
	for f, v := range p.Own().turns.vouched[d.ID] {
		if has[f] == v {
			out[f] = v
		}
	}
	return out
}
