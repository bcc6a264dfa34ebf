package acctest

import (
	"os"
	"strings"
)

// The machine's own AWS configuration has no part in what tests find: a profile of somebody who runs them, or a bundle of
// certificates that every provider of every cell would read and never use, because nothing leaves the process.
func init() {
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AWS_") {
			_ = os.Unsetenv(name) // a name from the environment
		}
	}
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
	} {
		_ = os.Setenv(name, value) // a good name
	}
}
