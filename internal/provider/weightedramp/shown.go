package weightedramp

import (
	"strconv"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
)

// shown is what may be logged of what a run has seen.
type shown struct {
	Zone     string                   `json:"zone"`
	Records  map[string][]shownRecord `json:"records"`
	Locked   string                   `json:"locked_zone,omitempty"`
	Pending  bool                     `json:"record_pending"`
	Cached   bool                     `json:"ttl_cached"`
	Going    int                      `json:"going,omitempty"`
	Stepped  bool                     `json:"stepped"`
	Down     bool                     `json:"down"`
	Evidence map[string]string        `json:"gate_by_percent,omitempty"`
	Lowered  string                   `json:"lowered,omitempty"`
	Diverted string                   `json:"diverted,omitempty"`
}

type shownRecord struct {
	Type    string   `json:"type"`
	Alias   string   `json:"alias,omitempty"`
	Values  []string `json:"values,omitempty"`
	TTL     int64    `json:"ttl,omitempty"`
	ID      string   `json:"set_identifier,omitempty"`
	Weight  int64    `json:"weight"`
	Routing string   `json:"routing,omitempty"`
}

func show(o ramp.Observation) shown {
	out := shown{
		Zone: o.Domain, Records: map[string][]shownRecord{}, Locked: o.Guard.Locked, Pending: o.Pending, Cached: o.Cached, Going: o.Going, Stepped: o.Stepped, Down: o.Down,
		Evidence: map[string]string{}, Lowered: key(o.Lowered), Diverted: key(o.Diverted),
	}
	for k, records := range o.Records {
		for _, r := range records {
			out.Records[k.Name] = append(out.Records[k.Name], shownRecord{
				Type: r.Type, Alias: r.Alias.Domain, Values: r.Values, TTL: r.TTL, ID: r.ID, Weight: r.Weight, Routing: r.Routing,
			})
		}
	}
	for percent, e := range o.Evidence {
		out.Evidence[strconv.Itoa(percent)] = string(e)
	}
	return out
}

func key(k *ramp.Key) string {
	if k == nil {
		return ""
	}
	return k.Type + " " + k.Name
}
