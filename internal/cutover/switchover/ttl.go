package switchover

// lowers says whether the CNAMEs of a zone have a short TTL during this cutover.
// On the way back there is no time for it.
func (s Spec) lowers(z Zone) bool {
	return z.CNAME && z.LowerTTL > 0 && z.LowerTTL < z.TTL && !s.RollingBack
}

// lower shortens the TTL of the CNAMEs that are going to be repointed, before the
// first name moves; nil when name servers and resolvers agree on the short one.
func lower(spec Spec, obs Observation) Step {
	var lowering bool
	for _, zone := range spec.Zones {
		if !spec.lowers(zone) {
			continue
		}
		lowering = true
		step := Retime{Zone: zone, TTL: zone.LowerTTL, Lower: true}
		for _, name := range spec.Names {
			r, ok := cnameOf(spec, obs, zone, name)
			if ok && r.TTL > zone.LowerTTL && len(repoint(spec, obs, name).Add) > 0 {
				step.Changes = append(step.Changes, retime(r, zone.LowerTTL))
			}
		}
		if len(step.Changes) > 0 {
			return step
		}
	}
	if lowering && (obs.Pending || obs.Unheard) {
		return Wait{For: "every name server of the zone has the short TTL"}
	}
	return nil
}

// nextRaise gives CNAMEs the TTL they are to keep.
func nextRaise(spec Spec, obs Observation) (Retime, bool) {
	for _, zone := range spec.Zones {
		if !spec.lowers(zone) {
			continue // repoint sees to the TTL as well
		}
		step := Retime{Zone: zone, TTL: zone.TTL}
		for _, name := range spec.Names {
			if r, ok := cnameOf(spec, obs, zone, name); ok && r.TTL != zone.TTL {
				step.Changes = append(step.Changes, retime(r, zone.TTL))
			}
		}
		if len(step.Changes) > 0 {
			return step, true
		}
	}
	return Retime{}, false
}

// cnameOf returns the CNAME of a name that lives in zone.
func cnameOf(spec Spec, obs Observation, zone Zone, name string) (Record, bool) {
	if z, ok := spec.ZoneOf(name); !ok || z.ID != zone.ID {
		return Record{}, false
	}
	for _, r := range obs.Records[name] {
		if r.Type == "CNAME" {
			return r, true
		}
	}
	return Record{}, false
}

func retime(r Record, ttl int64) Repoint {
	again := r
	again.TTL = ttl
	return Repoint{Name: r.Name, Delete: []Record{r}, Add: []Record{again}}
}

// Lowered lists the names whose CNAME has the short TTL of a cutover already,
// although they have yet to move: somebody lowered it, and nobody knows when.
func (o Observation) Lowered(spec Spec) []string {
	var out []string
	for _, name := range misplaced(spec, o) {
		zone, ok := spec.ZoneOf(name)
		if r, found := cnameOf(spec, o, zone, name); ok && found && spec.lowers(zone) && r.TTL <= zone.LowerTTL {
			out = append(out, name)
		}
	}
	return out
}
