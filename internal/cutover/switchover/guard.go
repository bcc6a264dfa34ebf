package switchover

import "slices"

// unlocked is what a step waits for in a zone that takes no change for the moment.
const unlocked = "Route 53 unlocks the hosted zone"

// checkGuard asks whether Route 53 would change the records of name, on the way and on
// the way back. It asks before the first name moves: names go before records, and a
// cutover whose records cannot follow would end in the middle of both ways.
func checkGuard(spec Spec, obs Observation, name string) *Obstacle {
	zone, ok := spec.ZoneOf(name)
	if !ok || obs.ZoneNames[zone.ID] != zone.Domain {
		return nil
	}
	types := written(spec, obs, name)
	guard := obs.Guards[zone.ID]
	if len(types) > 0 && guard.Locked != "" && obs.Misplaced(spec) && !spec.RollingBack {
		return &Obstacle{Kind: ZoneLocked, Name: zone.Domain, Found: guard.Locked}
	}
	for _, typ := range types {
		if p, ok := guard.Of(name, typ); ok {
			return &Obstacle{Kind: RecordProtected, Name: name, Found: typ, Comment: p.Comment}
		}
	}
	return nil
}

// written lists the types of the records of name that are to be changed, sorted. As long
// as any name has yet to move that is all the records the switch keeps, because of the
// way back; on that it is only what is left to do.
func written(spec Spec, obs Observation, name string) []string {
	zone, _ := spec.ZoneOf(name)
	r := repoint(spec, obs, name)
	changes := slices.Concat(r.Delete, r.Add)
	if c, ok := cnameOf(spec, obs, zone, name); ok && spec.lowers(zone) && c.TTL != zone.TTL {
		changes = append(changes, c)
	}
	if obs.Misplaced(spec) && !spec.RollingBack {
		changes = append(changes, obs.Records[name]...)
	}
	var out []string
	for _, c := range changes {
		out = append(out, c.Type)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Writes says whether any record has yet to be changed, or may have to be on the way back.
func (o Observation) Writes(spec Spec) bool {
	return slices.ContainsFunc(spec.Names, func(name string) bool {
		_, ok := spec.ZoneOf(name)
		return ok && len(written(spec, o, name)) > 0
	})
}

// await replaces a change of records by a wait while their zone is locked.
func await(obs Observation, step Step) Step {
	zone := ""
	switch s := step.(type) {
	case Point:
		zone = s.Zone.ID
	case Retime:
		zone = s.Zone.ID
	case Prove:
		zone = s.Zone.ID
	}
	if obs.Guards[zone].Locked != "" {
		return Wait{For: unlocked}
	}
	return step
}
