package cutover

// What leads to a distribution. Source: Route 53 API reference, AliasTarget.
const (
	// CloudFrontZone is the hosted zone id of every distribution's domain name.
	CloudFrontZone = "Z2FDTNDATAQYW2"
	// CloudFrontDomain ends the domain name of every distribution.
	CloudFrontDomain = ".cloudfront.net"
)
