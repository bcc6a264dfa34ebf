package edgefunction

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Problem is what is wrong with a Config. Field is where: "sides", "safe", "salt", "cookie.name" and so on.
type Problem struct {
	Field string
	Text  string // whole sentences: what is wrong, why, and what to write
}

// MaxSides is how many sides a split may have. The code and the table of more would not fit.
const MaxSides = 10

var (
	sideForm   = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	saltForm   = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	idForm     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	nameForm   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,42}$`)
	prefixForm = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)
	indexForm  = regexp.MustCompile(`^[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*$`)
	headerForm = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)
	tokenForm  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$") // RFC 6265, section 4.1.1
	domainForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
	pathForm   = regexp.MustCompile(`^/[!-:<-~]*$`) // visible ASCII without a semicolon
	secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]{16,128}$`)
)

// SideProblem says what is wrong with the name of a side, or "". It goes into a cookie, a header and a hash.
func SideProblem(name string) string {
	if sideForm.MatchString(name) && name != "constructor" { // every object in JavaScript has one
		return ""
	}
	return fmt.Sprintf("%q is no name of a side. Write a lower-case letter and up to 31 lower-case letters, digits and hyphens, such as \"blue\".", name)
}

// SaltProblem says what is wrong with a salt, or "".
func SaltProblem(salt string) string {
	if saltForm.MatchString(salt) {
		return ""
	}
	return fmt.Sprintf("%q is no salt. Write 1 to 64 letters, digits, dots, hyphens and underscores, such as \"2026-shop\".", salt)
}

// IDProblem says what is wrong with a viewer's id, or "".
func IDProblem(id string) string {
	if idForm.MatchString(id) {
		return ""
	}
	if before, _, found := strings.Cut(id, "."); found && idForm.MatchString(before) {
		return fmt.Sprintf("%q is the whole value of a cookie. Write what stands before its first dot: %q.", id, before)
	}
	return fmt.Sprintf("%q is no id of a viewer. Write what stands before the first dot in the cookie: 1 to 64 letters, digits, hyphens and underscores.", id)
}

// NameProblem says what is wrong with the name of a split, or "".
func NameProblem(name string) string {
	if nameForm.MatchString(name) {
		return ""
	}
	return fmt.Sprintf("%q is no name of a split: the names of its functions begin with it, and CloudFront takes 64 characters. Write up to %d letters, digits, hyphens and underscores.", name, MaxName)
}

// WeightsProblem says what is wrong with the weights of a table, or "".
func WeightsProblem(weights []Weight) string {
	if len(weights) < 2 {
		return "There are fewer than two sides. Write a weight for each of two or more."
	}
	sum := 0
	for _, w := range weights {
		if w.Percent < 0 || w.Percent > Everything {
			return fmt.Sprintf("The weight of %s is %d. Write a whole percentage from 0 to 100.", w.Side, w.Percent)
		}
		sum += w.Percent
	}
	if sum != Everything {
		return fmt.Sprintf("The weights sum to %d. Write percentages that sum to 100.", sum)
	}
	return ""
}

// PrefixProblem says what is wrong with a prefix of paths, or "".
func PrefixProblem(prefix string) string {
	switch {
	case !prefixForm.MatchString(prefix) || len(prefix) > 128:
		return fmt.Sprintf("%q is no prefix of a path. Write a slash and a name, without one at the end, in at most 128 letters, digits and any of . _ ~ -, such as \"/green\".", prefix)
	case hasDots(prefix):
		return fmt.Sprintf("%q has a segment of dots only, which browsers and origins resolve. Write a name instead.", prefix)
	}
	return ""
}

// IndexProblem says what is wrong with an index document, or "".
func IndexProblem(document string) string {
	if !indexForm.MatchString(document) || len(document) > 128 || hasDots(document) {
		return fmt.Sprintf("%q is no index document. Write a path without a slash at its beginning, such as \"index.html\".", document)
	}
	return ""
}

func hasDots(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// disallowed are headers that no function may add, and readOnly those that one of a viewer request may not change; CloudFront
// answers 502 to either. An entry that ends in a hyphen stands for all that begin with it.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
var (
	disallowed = []string{
		"connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "trailer", "upgrade",
		"x-accel-buffering", "x-accel-charset", "x-accel-limit-rate", "x-accel-redirect", "x-amz-cf-",
		"x-amzn-auth", "x-amzn-cf-billing", "x-amzn-cf-id", "x-amzn-cf-xff", "x-amzn-errortype", "x-amzn-fle-profile",
		"x-amzn-header-count", "x-amzn-header-order", "x-amzn-lambda-integration-tag", "x-amzn-requestid",
		"x-cache", "x-edge-", "x-forwarded-proto", "x-real-ip",
		"cloudfront-viewer-cert-pem", "client-cert", "client-cert-chain",
	}
	readOnly = []string{"cdn-loop", "content-length", "host", "transfer-encoding", "via"}
	// reserved are signed, or written by CloudFront itself.
	reserved = []string{"x-amz-", "x-forwarded-for", "cloudfront-"}
)

func listed(name string, list []string) bool {
	for _, entry := range list {
		if name == entry || strings.HasSuffix(entry, "-") && strings.HasPrefix(name, entry) {
			return true
		}
	}
	return false
}

// HeaderProblem says what is wrong with the name of a header that a function reads, writes or removes, or "".
func HeaderProblem(name string) string {
	const write = "Write one of your own that begins with x-, such as \"" + DefaultVariantHeader + "\"."
	switch {
	case !headerForm.MatchString(name):
		return fmt.Sprintf("%q is no name of a header here. Functions see names in lower case: write lower-case letters, digits and hyphens.", name)
	case listed(name, disallowed):
		return fmt.Sprintf("CloudFront does not let functions have the header %q, and would answer 502 to every request. ", name) + write
	case listed(name, readOnly):
		return fmt.Sprintf("CloudFront does not let functions change the header %q, and would answer 502 to every request. ", name) + write
	case listed(name, reserved):
		return fmt.Sprintf("The header %q is CloudFront's or AWS' own. ", name) + write
	case name == DecisionHeader:
		return fmt.Sprintf("The header %q takes the cookie from one function to the other. ", name) + write
	case !strings.HasPrefix(name, "x-") || len(name) < 3:
		return fmt.Sprintf("The header %q might be one that browsers send. ", name) + write
	}
	return ""
}

// CookieNameProblem says what is wrong with the name of a cookie, or "".
func CookieNameProblem(name string) string {
	if !tokenForm.MatchString(name) || name == "__proto__" {
		return fmt.Sprintf("%q is no name of a cookie. Write 1 to 64 letters, digits, hyphens and underscores, such as \"cdn-split\".", name)
	}
	return ""
}

// maxAge is how long browsers keep a cookie at most: 400 days (RFC 6265bis, section 5.5).
const maxAge = 400 * 24 * 3600

// Problems says what is wrong with a cookie. A browser drops one with wrong attributes without a word, and everybody is assigned
// anew with every request.
func (c Cookie) Problems() []Problem {
	var out []Problem
	say := func(field, format string, args ...any) {
		out = append(out, Problem{field, fmt.Sprintf(format, args...)})
	}
	if text := CookieNameProblem(c.Name); text != "" {
		say("cookie.name", "%s", text)
	}
	lower := strings.ToLower(c.Name)
	if (strings.HasPrefix(lower, "__secure-") || strings.HasPrefix(lower, "__host-")) && !c.Secure {
		say("cookie.name", "Browsers take a cookie named %s only with Secure. Write secure = true, or a name without the prefix.", c.Name)
	}
	if strings.HasPrefix(lower, "__host-") && (c.Domain != "" || c.path() != "/") {
		say("cookie.name", "Browsers take a cookie named %s only without a domain and for the path /. Write no domain and no path, or a name without the prefix.", c.Name)
	}
	if c.MaxAge < 1 || c.MaxAge > maxAge {
		say("cookie.max_age", "The cookie would live for %d seconds. Write 1 second to 400 days, which is what browsers keep.", c.MaxAge)
	}
	if c.Path != "" && (!pathForm.MatchString(c.Path) || len(c.Path) > 256) {
		say("cookie.path", "%q is no path of a cookie. Write a path that begins with a slash, without spaces and semicolons.", c.Path)
	}
	if c.Domain != "" && (!domainForm.MatchString(c.Domain) || len(c.Domain) > 253) {
		say("cookie.domain", "%q is no domain of a cookie. Write a host name in lower case without a dot at its beginning, such as \"example.com\".", c.Domain)
	}
	switch c.SameSite {
	case "", Lax, Strict:
	case None:
		if !c.Secure {
			say("cookie.same_site", "Browsers drop a cookie with SameSite=None that is not Secure. Write secure = true.")
		}
	default:
		say("cookie.same_site", "%q is no value of SameSite. Write \"Lax\", \"Strict\" or \"None\".", string(c.SameSite))
	}
	return out
}

// SecretProblem says what is wrong with the testers' secret, or "". It does not repeat the secret.
func SecretProblem(secret string) string {
	if secretForm.MatchString(secret) {
		return ""
	}
	return fmt.Sprintf("The secret has %d characters, or some that a header or a cookie cannot carry. Write 16 to 128 letters, digits, hyphens and underscores, at random.", len(secret))
}

// SidesProblem says what is wrong with the sides among each other and with each, or "". Among prefixes the safe one may go
// without: behaviours serve it by themselves then.
func SidesProblem(sides []Side, safe string) string {
	if len(sides) < 2 || len(sides) > MaxSides {
		return fmt.Sprintf("There are %d sides. Write 2 to %d.", len(sides), MaxSides)
	}
	origins := slices.ContainsFunc(sides, func(s Side) bool { return s.OriginID != "" })
	for i, s := range sides {
		if text := s.problem(s.Name == safe && !origins); text != "" {
			return text
		}
		for _, other := range sides[:i] {
			switch {
			case other.Name == s.Name:
				return fmt.Sprintf("Two sides are named %s. Write every name once.", s.Name)
			case (other.OriginID == "") != (s.OriginID == ""):
				return fmt.Sprintf("The side %s has an origin and the side %s a prefix, or the reverse. Write the same kind for all: the cache tells prefixes apart by the path, and origins only by the header.", other.Name, s.Name)
			case s.OriginID != "" && other.OriginID == s.OriginID:
				return fmt.Sprintf("The sides %s and %s have the same origin, %s. Write another for each.", other.Name, s.Name, s.OriginID)
			case s.URIPrefix != "" && other.URIPrefix != "" && (strings.HasPrefix(s.URIPrefix+"/", other.URIPrefix+"/") || strings.HasPrefix(other.URIPrefix+"/", s.URIPrefix+"/")):
				return fmt.Sprintf("The prefixes %s and %s lie in each other, so a redirect could not be told to be of one side. Write prefixes beside each other.", other.URIPrefix, s.URIPrefix)
			}
		}
	}
	return ""
}

func (s Side) problem(bare bool) string {
	if text := SideProblem(s.Name); text != "" {
		return text
	}
	switch {
	case s.OriginID != "" && s.URIPrefix != "":
		return fmt.Sprintf("The side %s has both an origin and a prefix. Write one of them.", s.Name)
	case s.OriginID == "" && s.URIPrefix == "" && !bare:
		return fmt.Sprintf("The side %s has neither an origin nor a prefix. Write one of them. Only the safe side may do without, where the others have prefixes.", s.Name)
	case s.OriginID == "" && s.URIPrefix == "" && s.IndexDocument != "":
		return fmt.Sprintf("The side %s has an index document and no prefix. Leave the document out: the distribution's default root object works where paths stay as they are.", s.Name)
	case s.OriginID != "" && s.IndexDocument != "":
		return fmt.Sprintf("The side %s has an origin and an index document. Leave the document out: the distribution's default root object works where paths stay as they are.", s.Name)
	case len(s.OriginID) > 128 || strings.ContainsFunc(s.OriginID, func(r rune) bool { return r < ' ' || r > '~' }):
		return fmt.Sprintf("%q is no id of an origin. Write that of one of the distribution.", s.OriginID)
	}
	if s.URIPrefix != "" {
		if text := PrefixProblem(s.URIPrefix); text != "" {
			return text
		}
	}
	if s.IndexDocument != "" {
		return IndexProblem(s.IndexDocument)
	}
	return ""
}

// Problems says what is wrong with a Config, the first thing of each field. Generate takes one without any.
func (c Config) Problems() []Problem {
	var out []Problem
	say := func(field, text string) {
		if text != "" {
			out = append(out, Problem{field, text})
		}
	}
	say("sides", SidesProblem(c.Sides, c.Safe))
	if !c.has(c.Safe) {
		say("safe", fmt.Sprintf("%q is none of the sides. Write the name of one.", c.Safe))
	}
	say("salt", SaltProblem(c.Salt))
	out = append(out, c.Cookie.Problems()...)
	say("variant_header", HeaderProblem(c.VariantHeader))
	if c.WithoutCookie != Safe && c.WithoutCookie != AssignNow {
		say("without_cookie", fmt.Sprintf("%q is not known. Write \"safe\" or \"assign\".", string(c.WithoutCookie)))
	}
	say("override", c.overrideProblem())
	if !isHex(c.MACKey, MACKeyLength) {
		say("mac_key", fmt.Sprintf("The key is not %d lower-case hexadecimal digits.", MACKeyLength))
	}
	return out
}

func (c Config) overrideProblem() string {
	o := c.Override
	switch o.Kind {
	case "":
		if o.Name != "" {
			return "The override has a name but is neither a header nor a cookie. Write which."
		}
	case ByHeader:
		if o.Name == c.VariantHeader {
			return fmt.Sprintf("The override is the header %s, which tells the side. Write another.", o.Name)
		}
		return HeaderProblem(o.Name)
	case ByCookie:
		if o.Name == c.Cookie.Name {
			return fmt.Sprintf("The override is the cookie %s, which holds the viewer's side. Write another.", o.Name)
		}
		return CookieNameProblem(o.Name)
	default:
		return fmt.Sprintf("%q is no kind of an override. Write \"header\" or \"cookie\".", string(o.Kind))
	}
	return ""
}

func (c Config) has(side string) bool {
	for _, s := range c.Sides {
		if s.Name == side {
			return true
		}
	}
	return false
}
