package diags

import (
	"errors"
	"fmt"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
)

// serve says what to do about it. What AWS's status page says has nothing to do with it.
const serve = "Whoever answers does not know this operation. Look at what stands between the provider and AWS: `endpoints`, `AWS_ENDPOINT_URL`, a proxy or gateway, an older simulator; " +
	"or AWS does not offer it in this partition."

// stuck says what a run that was told to stop had not got past, "" if nothing.
func stuck(err error) string {
	if _, ok := errors.AsType[*awsapi.Error](err); !ok {
		return ""
	}
	return "Until then it was trying again after:\n\n  " + describe(err)
}

// persistently adds to what was answered how often it was answered.
func persistently(err error, words string) string {
	if p, ok := errors.AsType[*engine.Persistent](err); ok {
		return fmt.Sprintf("%s\n\nThat was the answer %d times in %s, so it was not asked again.", words, p.Times, p.Over.Round(1e9))
	}
	return words
}
