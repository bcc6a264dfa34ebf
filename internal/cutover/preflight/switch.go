package preflight

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
)

// idle lists the sides other than the target, sorted.
func (s Switch) idle() []cutover.Side {
	var out []cutover.Side
	for _, side := range slices.Sorted(maps.Keys(s.Spec.Sides)) {
		if side != s.Spec.Live {
			out = append(out, side)
		}
	}
	return out
}

// serving lists the sides other than the target that have at least one name.
func (s Switch) serving() []cutover.Side {
	var out []cutover.Side
	for _, side := range s.idle() {
		if slices.ContainsFunc(s.Spec.Names, func(n string) bool { return s.Obs.Owner(s.Spec, n) == s.Spec.Sides[side] }) {
			out = append(out, side)
		}
	}
	return out
}

// sides are the ways back.
func (s Switch) sides() []Finding {
	var out []Finding
	for _, side := range s.idle() {
		d, ok := s.Obs.Sides[side]
		at := Finding{Severity: Warning, Side: side, Found: s.Spec.Sides[side]}
		switch {
		case !ok:
			at.Check = SideMissing
		case d.Staging: // an obstacle
			continue
		case !d.Enabled:
			at.Check = SideDisabled
		default:
			var lost []string
			for _, name := range s.Spec.Names {
				if !d.Owns(name) && (d.DefaultCert || d.Certificate != nil && !switchover.Covered(d.Certificate, name)) {
					lost = append(lost, name)
				}
			}
			if len(lost) == 0 {
				continue
			}
			at.Check, at.Name = SideNotCovered, strings.Join(lost, ", ")
		}
		out = append(out, at)
	}
	return out
}

func (s Switch) certificates() []Finding {
	var out []Finding
	target := s.Obs.Sides[s.Spec.Live]
	moves := slices.ContainsFunc(s.Spec.Names, func(n string) bool { return !target.Owns(n) })
	at := Finding{Side: s.Spec.Live, Found: s.Spec.Target()}
	switch c := s.Sides[s.Spec.Live].Certificate; {
	case target.ID == "" || target.DefaultCert: // an obstacle, as far as names are to move
	case c == nil && moves && !s.mayNotRead("acm:"):
		at.Check, at.Severity = CertificateUnknown, Warning
		out = append(out, at)
	case c == nil:
	case !c.Valid || !c.Until.IsZero() && !s.Now.Before(c.Until):
		if moves { // an obstacle
			return out
		}
		at.Check, at.Severity, at.Live, at.Until = Check(switchover.CertificateInvalid), Warning, c.Status, c.Until
		out = append(out, at)
	case !c.Until.IsZero() && c.Until.Sub(s.Now) < expiresSoon:
		at.Check, at.Severity, at.Until = CertificateExpires, Warning, c.Until
		out = append(out, at)
	}
	return out
}

// target is what else there is to know about the side that is to be live.
func (s Switch) target() []Finding {
	var out []Finding
	target, ok := s.Obs.Sides[s.Spec.Live]
	if !ok {
		return nil
	}
	if !target.Deployed {
		out = append(out, Finding{Check: TargetDeploying, Severity: Warning, Side: s.Spec.Live, Found: target.ID})
	}
	for _, side := range append(s.serving(), s.Spec.Live) {
		if policy := s.Sides[side].Policy; policy != "" {
			out = append(out, Finding{Check: PolicyAttached, Severity: Warning, Side: side, Found: policy})
		}
	}
	for _, live := range s.serving() {
		out = append(out, s.differences(live)...)
	}
	return out
}

func (s Switch) differences(live cutover.Side) []Finding {
	var out []Finding
	is, was := s.Sides[s.Spec.Live], s.Sides[live]
	if is.WebACL == "" && was.WebACL != "" {
		out = append(out, Finding{Check: SettingsDiffer, Severity: Warning, Side: s.Spec.Live, Name: "web ACL", Live: was.WebACL})
	}
	for i, setting := range is.Settings {
		if i < len(was.Settings) && setting.Value != "" && was.Settings[i].Value != "" && was.Settings[i].Value != setting.Value {
			out = append(out, Finding{Check: SettingsDiffer, Severity: Warning, Side: s.Spec.Live, Name: setting.Name, Found: setting.Value, Live: was.Settings[i].Value})
		}
	}
	return out
}

func (s Switch) names() []Finding {
	var out []Finding
	owners := map[cutover.Side]bool{}
	for _, name := range s.Spec.Names {
		owner := s.Obs.Owner(s.Spec, name)
		if owner == "" {
			out = append(out, Finding{Check: Unowned, Severity: Warning, Name: name})
		}
		if side, ok := s.Spec.SideOf(owner); ok {
			owners[side] = true
		}
	}
	if len(owners) >= leastOfSides {
		var sides []string
		for _, side := range slices.Sorted(maps.Keys(owners)) {
			sides = append(sides, string(side))
		}
		out = append(out, Finding{Check: Split, Severity: Warning, Found: strings.Join(sides, ", ")})
	}
	if s.Obs.Misplaced(s.Spec) {
		return out // an obstacle then
	}
	for _, side := range slices.Sorted(maps.Keys(s.Spec.TestAliases)) {
		if d, ok := s.Obs.Sides[side]; ok && s.Spec.TestAliases[side] != "" && !d.Owns(s.Spec.TestAliases[side]) {
			out = append(out, Finding{Check: Check(switchover.TestAliasElsewhere), Severity: Warning, Side: side, Name: s.Spec.TestAliases[side], Found: d.ID})
		}
	}
	return out
}

// wildcards are what they leave out, where they move, and what they take in, where
// they only serve others on their way.
func (s Switch) wildcards() []Finding {
	var out []Finding
	for _, wildcard := range slices.Sorted(maps.Keys(s.Under)) {
		for _, name := range slices.Sorted(maps.Keys(s.Under[wildcard])) {
			owner := s.Under[wildcard][name]
			if !slices.Contains(s.Spec.Names, name) && owner != s.Spec.Target() {
				out = append(out, Finding{Check: StaysBehind, Severity: Warning, Name: name, Found: owner, Live: wildcard})
			}
		}
	}
	if !s.Obs.Misplaced(s.Spec) {
		return out
	}
	for _, w := range s.Spec.Wildcards() {
		others, looked := s.Obs.Caught[w]
		if !looked || len(others) > 0 {
			out = append(out, Finding{Check: WildcardCatches, Severity: Warning, Side: s.Spec.Live, Name: w, Found: strings.Join(others, ", ")})
		}
	}
	return out
}

func (s Switch) zones() []Finding {
	var out []Finding
	for _, domain := range s.Obs.Private {
		out = append(out, Finding{Check: PrivateZone, Severity: Warning, Name: domain})
	}
	return out
}

func (s Switch) records() []Finding {
	var out []Finding
	target, known := s.Obs.Sides[s.Spec.Live]
	for _, name := range s.Spec.Names {
		zone, ok := s.Spec.ZoneOf(name)
		if !ok || s.Obs.ZoneNames[zone.ID] != zone.Domain {
			continue
		}
		records := s.Obs.Records[name]
		if len(records) == 0 {
			out = append(out, Finding{Check: NoRecord, Severity: Warning, Name: name, Live: zone.Domain})
			continue
		}
		for _, r := range records {
			if r.TTL > longTTL && (r.Type != "CNAME" || zone.LowerTTL == 0) {
				out = append(out, Finding{Check: LongTTL, Severity: Warning, Name: name, Found: r.Type, Live: fmt.Sprint(r.TTL)})
			}
		}
		if known && !zone.CNAME && !has(records, "CNAME") { // a CNAME leads to whatever the target has
			switch v6 := has(records, "AAAA"); {
			case v6 && !target.IPv6:
				out = append(out, Finding{Check: IPv6Lost, Severity: Warning, Side: s.Spec.Live, Name: name, Found: target.ID})
			case !v6 && target.IPv6:
				out = append(out, Finding{Check: IPv6Unused, Severity: Warning, Side: s.Spec.Live, Name: name, Found: target.ID})
			}
		}
	}
	return out
}

func has(records []switchover.Record, typ string) bool {
	return slices.ContainsFunc(records, func(r switchover.Record) bool { return r.Type == typ })
}

// mayNotRead says whether the credentials lack an action of a service.
func (s Switch) mayNotRead(prefix string) bool {
	return slices.ContainsFunc(s.Denied, func(d Denied) bool { return strings.HasPrefix(d.Action, prefix) })
}

func permissions(denied []Denied) []Finding {
	var out []Finding
	for _, d := range denied {
		f := Finding{Check: NotPermitted, Severity: Error, Found: d.Action}
		if d.Optional {
			f.Severity = Warning
		}
		out = append(out, f)
	}
	return out
}

// alarms are found as the cutover itself finds them before its first write, and where
// they cannot tell.
func alarms(seen []Alarm) []Finding {
	var out []Finding
	for _, a := range seen {
		if a.Flaw == "" {
			if a.Unsure {
				out = append(out, Finding{Check: AlarmWithoutData, Severity: Warning, Found: a.Name})
			}
			continue
		}
		kind := switchover.Kind(a.Flaw)
		out = append(out, Finding{Check: Check(kind), Severity: Error, Found: a.Name, Obstacle: &switchover.Obstacle{Kind: kind, Found: a.Name}})
	}
	return out
}
