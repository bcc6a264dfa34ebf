package cloudfrontapi

import (
	"slices"
	"strings"
)

// whatever stands for every value: the element repeats what others say.
const whatever = "*"

// defaults has what CloudFront does where an element is not there. One that says just
// that says nothing: CloudFront has begun to write such elements into answers about
// distributions that nobody had changed, as it did with ConnectionAttempts in 2020 and
// with GrpcConfig in 2024. {behavior} is the default cache behaviour, and any other.
//
// Only what is documented may stand here: a default that is none would hide a change.
// What it lacks costs less, because AWS counts writes (package identity).
var defaults = expand(map[string][]string{
	// API reference, Origin.
	"Origins/Origin/ConnectionAttempts": {"3"},
	"Origins/Origin/ConnectionTimeout":  {"10"},
	// API reference, OriginShield; Developer Guide, "Use Amazon CloudFront Origin Shield":
	// it has to be enabled.
	"Origins/Origin/OriginShield/Enabled": {"false"},
	// API reference, CustomOriginConfig, S3OriginConfig and VpcOriginConfig.
	"Origins/Origin/CustomOriginConfig/OriginReadTimeout":      {"30"},
	"Origins/Origin/CustomOriginConfig/OriginKeepaliveTimeout": {"5"},
	"Origins/Origin/S3OriginConfig/OriginReadTimeout":          {"30"},
	"Origins/Origin/VpcOriginConfig/OriginReadTimeout":         {"30"},
	"Origins/Origin/VpcOriginConfig/OriginKeepaliveTimeout":    {"5"},
	// Developer Guide, "Origin settings": origins are reached over IPv4 unless asked otherwise.
	"Origins/Origin/CustomOriginConfig/IpAddressType": {"ipv4"},
	// API reference, OriginGroup: the value is called so.
	"OriginGroups/OriginGroup/SelectionCriteria": {"default"},

	// API reference, GrpcConfig.
	"{behavior}/GrpcConfig/Enabled": {"false"},
	// API reference, CacheBehavior: each of these is asked for with true.
	"{behavior}/Compress":                 {"false"},
	"{behavior}/SmoothStreaming":          {"false"},
	"{behavior}/TrustedSigners/Enabled":   {"false"},
	"{behavior}/TrustedKeyGroups/Enabled": {"false"},
	"{behavior}/LambdaFunctionAssociations/LambdaFunctionAssociation/IncludeBody": {"false"},
	// Developer Guide, "Cache behavior settings": what is allowed and cached at least.
	"{behavior}/AllowedMethods/Method":               {"GET, HEAD"},
	"{behavior}/AllowedMethods/CachedMethods/Method": {"GET, HEAD"},
	// Developer Guide, "Manage how long content stays in the cache", of legacy settings.
	"{behavior}/MinTTL":     {"0"},
	"{behavior}/DefaultTTL": {"86400"},
	"{behavior}/MaxTTL":     {"31536000"},

	// Developer Guide, "Generate custom error responses".
	"CustomErrorResponses/CustomErrorResponse/ErrorCachingMinTTL": {"10"},
	// API reference, GeoRestriction.
	"Restrictions/GeoRestriction/RestrictionType": {"none"},
	// API reference, LoggingConfig: an update without it turns logging off.
	"Logging/Enabled":        {"false"},
	"Logging/IncludeCookies": {"false"},
	// API reference, DistributionConfig.
	"HttpVersion":    {"http2"},
	"PriceClass":     {"PriceClass_All"},
	"ConnectionMode": {"direct"},
	// API reference, ViewerCertificate: CloudFrontDefaultCertificate says whether one of the
	// two ids is there, and the deprecated ones repeat them.
	"ViewerCertificate/CloudFrontDefaultCertificate": {whatever},
	"ViewerCertificate/Certificate":                  {whatever},
	"ViewerCertificate/CertificateSource":            {whatever},
	// API reference, TrustStoreConfig: each is asked for with true.
	"ViewerMtlsConfig/TrustStoreConfig/AdvertiseTrustStoreCaNames": {"false"},
	"ViewerMtlsConfig/TrustStoreConfig/IgnoreCertificateExpiry":    {"false"},
})

func expand(table map[string][]string) map[string][]string {
	out := map[string][]string{}
	for schema, values := range table {
		for _, behavior := range []string{"DefaultCacheBehavior", "CacheBehaviors/CacheBehavior"} {
			out[strings.Replace(schema, "{behavior}", behavior, 1)] = values
		}
	}
	return out
}

// unsaid says whether the setting is what CloudFront does without it.
func (s setting) unsaid() bool {
	values := defaults[s.schema]
	return slices.Contains(values, s.value) || slices.Contains(values, whatever)
}
