package edgefunction

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Side is one of what viewers are split between. A split selects by origin or by prefix,
// never by both. The safe one of a split by prefix may have none.
type Side struct {
	Name          string `json:"name"`
	OriginID      string `json:"origin,omitempty"` // an origin of the distribution
	URIPrefix     string `json:"prefix,omitempty"` // goes before the path; "/green"
	IndexDocument string `json:"index,omitempty"`  // what "/" asks for under a prefix: there is no default root object any more
}

// WithoutCookie says what a viewer without a cookie gets.
type WithoutCookie string

// What a viewer without a cookie gets.
const (
	Safe      WithoutCookie = "safe"   // the safe side, and a side by weight from the second request on
	AssignNow WithoutCookie = "assign" // a side by weight at once; who never sends a cookie gets another one each time
)

// OverrideKind says where testers write the side that they want.
type OverrideKind string

// Where testers write the side that they want.
const (
	ByHeader OverrideKind = "header"
	ByCookie OverrideKind = "cookie"
)

// Override is how testers ask for a side: a header or a cookie of this name with the value
// "side.secret". The hash of the secret is in the Table. The zero value: they cannot.
type Override struct {
	Kind OverrideKind `json:"kind"`
	Name string       `json:"name"` // in lower case, if of a header
}

// SameSite is an attribute of a cookie.
type SameSite string

// The values of SameSite.
const (
	Lax    SameSite = "Lax"
	Strict SameSite = "Strict"
	None   SameSite = "None"
)

// Cookie is the sticky cookie. CookieProblem says what may be in it.
type Cookie struct {
	Name     string
	MaxAge   int64  // seconds
	Path     string // "" for "/"
	Domain   string // "" for the host that was asked
	SameSite SameSite
	Secure   bool
	HTTPOnly bool
}

// DefaultVariantHeader tells the origin, and the cache key, the side of a request.
const DefaultVariantHeader = "x-cdn-variant"

// DecisionHeader carries a new value of the cookie from the function that decides it to
// the one that sets it.
const DecisionHeader = "x-cdn-split"

// Config is everything that the code of a split depends on. All of it stands in the code, and
// Parse reads it back.
type Config struct {
	Sides         []Side
	Safe          string // the side of whoever cannot be assigned
	Salt          string // another salt assigns everybody anew
	Cookie        Cookie
	VariantHeader string // in lower case; has to be in the cache key if sides are origins
	WithoutCookie WithoutCookie
	Override      Override
	MACKey        string // MACKeyLength hexadecimal digits, random, new with every store
}

// MACKeyLength is the length of a MACKey in hexadecimal digits.
const MACKeyLength = 32

// line is a Config as it stands in the code.
type line struct {
	Sides      []Side    `json:"sides"`
	Safe       string    `json:"safe"`
	Salt       string    `json:"salt"`
	Cookie     string    `json:"cookie"`
	Attributes string    `json:"attributes"`
	Variant    string    `json:"variant"`
	SafeFirst  bool      `json:"safeFirst"` // without a cookie
	Override   *Override `json:"override"`
	Key        string    `json:"key"`
}

func (c Config) line() line {
	l := line{
		Sides: c.Sides, Safe: c.Safe, Salt: c.Salt, Cookie: c.Cookie.Name, Attributes: c.Cookie.attributes(),
		Variant: c.VariantHeader, SafeFirst: c.WithoutCookie == Safe, Key: c.MACKey,
	}
	if c.Override != (Override{}) {
		l.Override = &c.Override
	}
	return l
}

func (l line) config() (Config, error) {
	cookie, err := parseAttributes(l.Attributes)
	if err != nil {
		return Config{}, err
	}
	cookie.Name = l.Cookie
	c := Config{
		Sides: l.Sides, Safe: l.Safe, Salt: l.Salt, Cookie: cookie,
		VariantHeader: l.Variant, WithoutCookie: AssignNow, MACKey: l.Key,
	}
	if l.SafeFirst {
		c.WithoutCookie = Safe
	}
	if l.Override != nil {
		c.Override = *l.Override
	}
	return c, nil
}

// attributes writes them as a response of CloudFront Functions wants them.
func (c Cookie) attributes() string {
	parts := []string{"Path=" + c.path(), "Max-Age=" + strconv.FormatInt(c.MaxAge, 10)}
	if c.Domain != "" {
		parts = append(parts, "Domain="+c.Domain)
	}
	if c.Secure {
		parts = append(parts, "Secure")
	}
	if c.HTTPOnly {
		parts = append(parts, "HttpOnly")
	}
	if c.SameSite != "" {
		parts = append(parts, "SameSite="+string(c.SameSite))
	}
	return strings.Join(parts, "; ")
}

func (c Cookie) path() string {
	if c.Path == "" {
		return "/"
	}
	return c.Path
}

func parseAttributes(text string) (Cookie, error) {
	var c Cookie
	for part := range strings.SplitSeq(text, "; ") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "Path":
			if value != "/" {
				c.Path = value
			}
		case "Max-Age":
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return Cookie{}, fmt.Errorf("attributes of the cookie: %w", err)
			}
			c.MaxAge = n
		case "Domain":
			c.Domain = value
		case "Secure":
			c.Secure = true
		case "HttpOnly":
			c.HTTPOnly = true
		case "SameSite":
			c.SameSite = SameSite(value)
		default:
			return Cookie{}, fmt.Errorf("attributes of the cookie: %q is none that is written here", part)
		}
	}
	return c, nil
}

const linePrefix = "const config = "

// ErrNotOurs is in what Parse returns for code that Generate did not write.
var ErrNotOurs = errors.New("not the code of an edge split")

// Parse reads back what the code of either function was generated from.
func Parse(code []byte) (Config, error) {
	for text := range bytes.Lines(code) {
		rest, ok := bytes.CutPrefix(text, []byte(linePrefix))
		if !ok {
			continue
		}
		rest = bytes.TrimSuffix(bytes.TrimRight(rest, "\r\n"), []byte(";"))
		var l line
		d := json.NewDecoder(bytes.NewReader(rest))
		d.DisallowUnknownFields()
		if err := d.Decode(&l); err != nil {
			return Config{}, fmt.Errorf("%w: its configuration: %w", ErrNotOurs, err)
		}
		c, err := l.config()
		if err != nil {
			return Config{}, fmt.Errorf("%w: %w", ErrNotOurs, err)
		}
		return c, nil
	}
	return Config{}, fmt.Errorf("%w: no line of it begins with %q", ErrNotOurs, strings.TrimSpace(linePrefix))
}
