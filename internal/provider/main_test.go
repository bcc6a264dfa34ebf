package provider_test

import (
	"os"
	"strings"
	"testing"
)

// The machine's own AWS configuration has no part in these tests.
func TestMain(m *testing.M) {
	play()
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
	os.Exit(m.Run())
}
