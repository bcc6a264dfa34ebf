package configured

// Claim says that an instance of this process decides about some things from now on, and
// returns one that another instance has claimed before, "" if there is none; then none is
// claimed. A process carries out one apply, and an instance is created or updated at most
// once in it: who comes second is somebody else.
func (p *Provider) Claim(things ...string) (taken string) {
	p.Own().turns.mu.Lock()
	defer p.Own().turns.mu.Unlock()
	for _, t := range things {
		if p.Own().turns.claimed[t] {
			return t
		}
	}
	if p.Own().turns.claimed == nil {
		p.Own().turns.claimed = map[string]bool{}
	}
	for _, t := range things {
		p.Own().turns.claimed[t] = true
	}
	return ""
}
