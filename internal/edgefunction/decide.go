package edgefunction

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Request is what a decision depends on, of a request at one location.
type Request struct {
	ID       string   // CloudFront's id of the request
	Cookies  []string // values of the sticky cookie, in the order of the request
	Override string   // value of the override's header or cookie, or ""
	Table    *string  // the value of the key there; nil while the location does not have it
}

// Decision is what becomes of a request.
type Decision struct {
	Side   string
	Cookie string // the value the cookie shall have; NoCookie: nothing was decided
}

// NoCookie is what DecisionHeader says where the cookie stays as it is.
const NoCookie = "-"

// Decide is the model of what the code of the viewer request decides. The code itself is what runs at the edge; tests hold
// that the two never differ.
func (c Config) Decide(r Request) Decision {
	table := c.follow(r.Table)
	if side := c.asked(r.Override, table); side != "" {
		return Decision{side, NoCookie}
	}
	known, found := c.bestOf(r.Cookies)
	if !found {
		known = Known{Value: ViewerID(r.ID), ID: ViewerID(r.ID)}
		if table == nil || c.WithoutCookie == Safe {
			return Decision{c.Safe, known.ID}
		}
	}
	switch {
	case known.Side != "" && (table == nil || table.generation < known.Generation || table.generation == known.Generation && !table.killed):
		return Decision{known.Side, known.Value}
	case table == nil:
		return Decision{c.Safe, known.ID}
	}
	side := c.Safe
	if !table.killed {
		side = Assign(c.Salt, known.ID, table.weights)
	}
	return Decision{side, c.CookieValue(known.ID, side, table.generation)}
}

// Answered is the model of the code of the viewer response: the value it sets the cookie to, or "". The decision is nil where the
// runtime does not show it the rewritten request.
func (c Config) Answered(r Request, d *Decision) string {
	value := ""
	if d != nil && d.Cookie != NoCookie {
		value = d.Cookie
	} else if _, found := c.bestOf(r.Cookies); d == nil && !found {
		value = ViewerID(r.ID)
	}
	if slices.Contains(first(r.Cookies), value) {
		return ""
	}
	return value
}

// Known is what a cookie says.
type Known struct {
	Value      string
	ID         string
	Side       string // "" before one was decided
	Generation int64
}

// CookieValue writes the cookie of a decision.
func (c Config) CookieValue(id, side string, generation int64) string {
	text := id + "." + side + "." + strconv.FormatInt(generation, 10)
	return text + "." + c.mac(text)
}

var generationForm = regexp.MustCompile(`^[1-9][0-9]{0,15}$`)

// ReadCookie reads a cookie as the code does. It takes none that is malformed, of another key or of an unknown side.
func (c Config) ReadCookie(value string) (Known, bool) {
	if len(value) > 200 {
		return Known{}, false
	}
	parts := strings.Split(value, ".")
	switch {
	case !idForm.MatchString(parts[0]):
		return Known{}, false
	case len(parts) == 1:
		return Known{Value: value, ID: value}, true
	case len(parts) != 4 || !c.has(parts[1]) || !generationForm.MatchString(parts[2]):
		return Known{}, false
	}
	generation, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || generation > maxGeneration || c.mac(strings.Join(parts[:3], ".")) != parts[3] {
		return Known{}, false
	}
	return Known{Value: value, ID: parts[0], Side: parts[1], Generation: generation}, true
}

func (c Config) mac(text string) string {
	h := hmac.New(sha256.New, []byte(c.MACKey))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// first bounds how many cookies of one name are looked at.
func first(values []string) []string { return values[:min(len(values), 3)] }

func (c Config) bestOf(values []string) (best Known, found bool) {
	for _, v := range first(values) {
		if k, ok := c.ReadCookie(v); ok && (!found || k.Generation > best.Generation) {
			best, found = k, true
		}
	}
	return best, found
}

// ViewerID makes a viewer's id of CloudFront's id of a request.
func ViewerID(request string) string {
	id := strings.Map(func(r rune) rune {
		if idForm.MatchString(string(r)) {
			return r
		}
		return '_'
	}, request)
	return id[:min(len(id), 64)]
}

func (c Config) asked(value string, t *followed) string {
	side, secret, found := strings.Cut(value, ".")
	if !found || t == nil || c.Override.Kind == "" || len(value) > 300 || !c.has(side) || OverrideHash(secret) != t.override {
		return ""
	}
	return side
}

// followed is a table as the code takes it, which is laxer than ParseTable: what stands in the store may come from elsewhere.
type followed struct {
	generation int64
	weights    []Weight
	override   string
	killed     bool
}

func (c Config) follow(text *string) *followed {
	if text == nil {
		return nil
	}
	var table map[string]any
	if json.Unmarshal([]byte(*text), &table) != nil {
		return nil
	}
	generation, ok := integer(table["generation"])
	if !ok || generation < 1 || generation > maxGeneration {
		return nil
	}
	f := followed{generation: generation}
	// Only whole numbers from 0 on that sum to 100, of the sides that this code knows.
	weights, _ := table["weights"].(map[string]any)
	sum := int64(0)
	for _, s := range c.Sides {
		weight, ok := int64(0), true
		if given, there := weights[s.Name]; there {
			weight, ok = integer(given)
		}
		if !ok || weight < 0 || weight > Everything {
			return nil
		}
		f.weights = append(f.weights, Weight{s.Name, int(weight)})
		sum += weight
	}
	if sum != Everything {
		return nil
	}
	f.override, _ = table["override"].(string)
	f.killed = table["killed"] == true
	return &f
}

func integer(v any) (int64, bool) {
	n, ok := v.(float64)
	if !ok || n != math.Trunc(n) || math.Abs(n) > maxGeneration {
		return 0, false
	}
	return int64(n), true
}
