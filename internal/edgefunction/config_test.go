package edgefunction_test

import (
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

func byOrigin() edgefunction.Config {
	return edgefunction.Config{
		Sides:         []edgefunction.Side{{Name: "blue", OriginID: "origin-blue"}, {Name: "green", OriginID: "origin-green"}},
		Safe:          "blue",
		Salt:          "2026-shop",
		Cookie:        edgefunction.Cookie{Name: "cdn-split", MaxAge: 30 * 24 * 3600, SameSite: edgefunction.Lax, Secure: true, HTTPOnly: true},
		VariantHeader: edgefunction.DefaultVariantHeader,
		WithoutCookie: edgefunction.AssignNow,
		Override:      edgefunction.Override{Kind: edgefunction.ByHeader, Name: "x-cdn-side"},
		MACKey:        "00112233445566778899aabbccddeeff",
	}
}
