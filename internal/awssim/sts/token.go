package sts

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// claims are what an OpenID Connect token says.
type claims struct {
	Issuer   string       `json:"iss"`
	Subject  string       `json:"sub"`
	Audience list[string] `json:"aud"`
	Expires  int64        `json:"exp"`
}

// IdentityToken makes a token such as HCP Terraform or a CI system hands to its
// runs. Nothing has signed it, and the simulator does not look.
func IdentityToken(issuer, audience, subject string, expires time.Time) string {
	part := func(v any) string {
		raw, _ := json.Marshal(v) // strings and numbers
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	return part(map[string]string{"alg": "RS256", "typ": "JWT"}) + "." +
		part(claims{issuer, subject, list[string]{audience}, expires.Unix()}) + "." + part("unsigned")
}

// readToken checks the claims of a token against the roles' providers.
func (s *Service) readToken(token string) (claims, error) {
	var c claims
	bad := func(format string) error {
		return &wire.Error{Code: "InvalidIdentityToken", Status: http.StatusBadRequest, Message: format}
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, bad("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(raw, &c) != nil {
		return c, bad("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
	}
	var audiences []string
	for _, r := range s.roles {
		if r.Issuer != "" && r.Issuer == c.Issuer {
			audiences = append(audiences, r.Audience)
		}
	}
	if len(audiences) == 0 {
		return c, bad("No OpenIDConnect provider found in your account for " + c.Issuer)
	}
	if !slices.ContainsFunc(c.Audience, func(a string) bool { return slices.Contains(audiences, a) }) {
		return c, bad("Incorrect token audience")
	}
	if now := s.clock.Now(); !now.Before(time.Unix(c.Expires, 0)) {
		return c, wire.Errorf("ExpiredTokenException", "Token expired: current date/time %d must be before the expiration date/time %d", now.Unix(), c.Expires)
	}
	return c, nil
}
