package configured

import (
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
)

// Identity says which configuration a distribution has, names and bookkeeping left out.
func Identity(d cloudfrontapi.Distribution) identity.Identity {
	return identity.Identity{Known: d.Fingerprint, Unknown: d.UnknownHash, Version: d.Version}
}

// Content says which content it has: what a release can change.
func Content(d cloudfrontapi.Distribution) identity.Identity {
	return identity.Identity{Known: d.Content(), Unknown: d.UnknownHash, Version: d.Version}
}
