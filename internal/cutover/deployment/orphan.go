package deployment

// A Lack is what a policy is missing that does nothing for anybody.
type Lack string

// What a policy may lack. The zero value: it stands between two distributions.
const (
	// LacksPrimary: no distribution has it.
	LacksPrimary Lack = "primary"
	// LacksStaging: the distribution it names is gone.
	LacksStaging Lack = "staging"
	// LacksBoth: neither end is there.
	LacksBoth Lack = "both"
)

// Orphaned says what a policy lacks, given the ids of the distributions found at its
// ends, "" for none.
func Orphaned(primary, staging string) Lack {
	switch {
	case primary == "" && staging == "":
		return LacksBoth
	case primary == "":
		return LacksPrimary
	case staging == "":
		return LacksStaging
	default:
		return ""
	}
}
