package stage

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// A State is what a simulated AWS says of itself, as far as a program that plays with it
// looks.
type State struct {
	Now           time.Time `json:"now"`
	POPs          []string  `json:"pops"`
	Distributions []struct {
		ID     string `json:"id"`
		Status string `json:"status"`
	} `json:"distributions"`
	Aliases []struct {
		Name string `json:"name"`
		POPs []struct {
			Distribution string `json:"distribution"`
			Reason       string `json:"reason"` // why nobody is served
		} `json:"pops"`
	} `json:"aliases"`
	Zones []struct {
		Records []Record `json:"records"`
	} `json:"zones"`
}

// A Record is one set of records, with its name and its target as a user writes them.
type Record struct {
	Name   string   `json:"name"`
	Type   string   `json:"type"`
	Alias  string   `json:"alias"`
	Values []string `json:"values"`
	Known  int      `json:"known"` // name servers that have it
	Status string   `json:"status"`
}

// Look asks a simulated AWS how things are.
func (w *World) Look(ctx context.Context) (s State, err error) {
	err = w.Admin(ctx, http.MethodGet, "state", nil, &s)
	for _, z := range s.Zones {
		for i := range z.Records {
			r := &z.Records[i]
			r.Name, r.Alias = strings.TrimSuffix(r.Name, "."), strings.TrimSuffix(r.Alias, ".")
		}
	}
	return s, err
}

// Deploying says whether a distribution is InProgress.
func (s State) Deploying() bool {
	for _, d := range s.Distributions {
		if d.Status != "Deployed" {
			return true
		}
	}
	return false
}

// Pending says whether a record is not on every name server yet.
func (s State) Pending() bool {
	for _, z := range s.Zones {
		for _, r := range z.Records {
			if r.Status == "PENDING" {
				return true
			}
		}
	}
	return false
}

// Records are those of a name.
func (s State) Records(name string) []Record {
	var out []Record
	for _, z := range s.Zones {
		for _, r := range z.Records {
			if r.Name == name {
				out = append(out, r)
			}
		}
	}
	return out
}

// Serving is who serves a name, by distribution: at how many points of presence. "" are
// those at which nobody does.
func (s State) Serving(name string) map[string]int {
	out := map[string]int{}
	for _, a := range s.Aliases {
		if a.Name != name {
			continue
		}
		for _, p := range a.POPs {
			if p.Reason != "" {
				p.Distribution = ""
			}
			out[p.Distribution]++
		}
	}
	return out
}

// An Origin is how one behaves; status 0 is health.
type Origin struct {
	Status  int               `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
}

// SetOrigin lets the origin with that domain name behave so.
func (w *World) SetOrigin(ctx context.Context, domain string, o Origin) error {
	return w.Admin(ctx, http.MethodPut, "origins/"+domain, o, nil)
}
