package bluegreenswitch

import "github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"

// shown is what may be logged of what a run has seen.
type shown struct {
	Sides        map[string]shownSide     `json:"sides"`
	Elsewhere    map[string]string        `json:"elsewhere,omitempty"`
	Records      map[string][]shownRecord `json:"records"`
	Locked       map[string]string        `json:"locked_zones,omitempty"`
	Pending      bool                     `json:"record_pending"`
	Unheard      bool                     `json:"record_unanswered"`
	Cached       bool                     `json:"ttl_cached"`
	Refused      bool                     `json:"move_refused"`
	Moved        bool                     `json:"moved"`
	TakenBack    string                   `json:"taken_back,omitempty"`
	Before       string                   `json:"gate_before,omitempty"`
	After        string                   `json:"gate_after,omitempty"`
	Invalidation string                   `json:"invalidation,omitempty"`
}

type shownSide struct {
	ID       string   `json:"id"`
	ETag     string   `json:"etag"`
	Deployed bool     `json:"deployed"`
	Settling bool     `json:"settling"`
	Enabled  bool     `json:"enabled"`
	Staging  bool     `json:"staging"`
	Aliases  []string `json:"aliases"`
	Known    string   `json:"fingerprint"`
}

type shownRecord struct {
	Type    string `json:"type"`
	Target  string `json:"target"`
	TTL     int64  `json:"ttl,omitempty"`
	Routing string `json:"routing,omitempty"`
}

func show(o switchover.Observation) shown {
	out := shown{
		Sides: map[string]shownSide{}, Elsewhere: o.Elsewhere, Records: map[string][]shownRecord{}, Locked: map[string]string{},
		Pending: o.Pending, Unheard: o.Unheard, Cached: o.Cached, Refused: o.MoveRefused, Moved: o.Moved, TakenBack: o.TakenBack,
		Before: string(o.Before), After: string(o.After), Invalidation: string(o.Invalidation),
	}
	for side, d := range o.Sides {
		out.Sides[string(side)] = shownSide{
			ID: d.ID, ETag: d.ETag, Deployed: d.Deployed, Settling: d.Settling, Enabled: d.Enabled, Staging: d.Staging, Aliases: d.Aliases, Known: d.Fingerprint,
		}
	}
	for name, records := range o.Records {
		for _, r := range records {
			out.Records[name] = append(out.Records[name], shownRecord{Type: r.Type, Target: r.Target, TTL: r.TTL, Routing: r.Routing})
		}
	}
	for zone, g := range o.Guards {
		if g.Locked != "" {
			out.Locked[zone] = g.Locked
		}
	}
	return out
}
