package awsapi

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/aws-sdk-go-base/v2/endpoints"
)

// A RegionError is a region whose credentials are of no use here.
type RegionError struct {
	Region    string
	Partition string // "AWS China, aws-cn"; "" where AWS has no such region, as far as this build knows
	Near      string // what may have been meant, "" if nothing comes close
}

// Error implements error.
func (e *RegionError) Error() string {
	if e.Partition != "" {
		return fmt.Sprintf("%s is in the partition %s", e.Region, e.Partition)
	}
	return fmt.Sprintf("there is no region %q", e.Region)
}

// CheckRegion says whether credentials of a region can be used with CloudFront and
// Route 53, whose global endpoints serve one partition only: the others have
// accounts of their own. Errors: RegionError.
func CheckRegion(region string) error {
	bad := &RegionError{Region: region}
	best := 3 // further away it would be a guess
	for _, p := range endpoints.DefaultPartitions() {
		ours := p.ID() == endpoints.AwsPartitionID
		if _, known := p.Regions()[region]; known {
			if ours {
				return nil
			}
			return &RegionError{Region: region, Partition: fmt.Sprintf("%s, %s", p.Name(), p.ID())}
		}
		for _, known := range slices.Sorted(maps.Keys(p.Regions())) {
			if d := distance(region, known); ours && d < best {
				best, bad.Near = d, known
			}
		}
	}
	return bad
}

// distance counts the letters to insert, delete or replace between two names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal, row[j+1] = row[j+1], min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
