package switchover

import "strings"

// AliasCovers says whether a distribution with an alternate domain name answers to
// a host name, unless another one has a name that says more. A wildcard alias stands
// for any number of labels, but for at least one: *.example.com covers
// a.b.example.com and not example.com. In a certificate a wildcard stands for one
// label only, see Covered.
// Source: CloudFront Developer Guide, use wildcards in alternate domain names.
func AliasCovers(alias, name string) bool {
	parent, wild := strings.CutPrefix(alias, "*")
	return alias == name || wild && strings.HasPrefix(parent, ".") && strings.HasSuffix(name, parent) && len(name) > len(parent)
}
