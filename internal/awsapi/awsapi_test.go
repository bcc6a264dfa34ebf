package awsapi_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// alone keeps the machine's own AWS configuration out of a test.
func alone(t *testing.T, config string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
		}
	}
	t.Setenv("AWS_CONFIG_FILE", file)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

//nolint:paralleltest // sets the environment
func TestLoadTakesCredentialsFromWhereItIsTold(t *testing.T) {
	const file = "[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = secret\n[profile other]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = secret\n" +
		"[other]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = secret\n"
	for _, c := range []struct {
		name   string
		config awsapi.Config
		key    string
		region string
	}{
		{"keys", awsapi.Config{AccessKey: "AKIDKEYS", SecretKey: "secret"}, "AKIDKEYS", "us-east-1"},
		{"a profile", awsapi.Config{Profile: "other"}, "AKIDOTHER", "us-east-1"},
		{"the default", awsapi.Config{Region: "eu-west-1"}, "AKIDDEFAULT", "eu-west-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			alone(t, file)
			sim := awssim.New(awssim.Options{})
			c.config.HTTPClient, c.config.Version = &http.Client{Transport: sim.Transport()}, "1.2.3"
			cfg, err := awsapi.Load(t.Context(), c.config)
			if err != nil {
				t.Fatal(err)
			}
			if n := sim.Journal().Seq(); n > 0 {
				t.Errorf("loading made %d calls", n)
			}
			if cfg.Region != c.region {
				t.Errorf("region %s, want %s", cfg.Region, c.region)
			}
			_, err = cloudfrontapi.New(cfg.Config, "", clock.System{}).Distribution(t.Context(), "E1", time.Time{})
			if !errors.Is(err, awsapi.ErrNotFound) {
				t.Errorf("the first call: %v", err)
			}
			calls := sim.Journal().Calls(0)
			if len(calls) != 1 || calls[0].AccessKey != c.key {
				t.Fatalf("called %+v, want one call by %s", calls, c.key)
			}
			if ua := calls[0].UserAgent; !strings.Contains(ua, "terraform-provider-cdn/1.2.3") || strings.Contains(ua, "Terraform/") {
				t.Errorf("the user agent is %q", ua)
			}
		})
	}
}

//nolint:paralleltest // sets the environment
func TestLoadWithoutCredentialsSaysSo(t *testing.T) {
	for name, config := range map[string]awsapi.Config{
		"none":                 {},
		"an unknown profile":   {Profile: "nobody"},
		"a secret without key": {SecretKey: "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			alone(t, "")
			sim := awssim.New(awssim.Options{})
			config.HTTPClient = &http.Client{Transport: sim.Transport()}
			if _, err := awsapi.Load(t.Context(), config); !errors.Is(err, awsapi.ErrCredentials) {
				t.Errorf("answered %v", err)
			}
		})
	}
}
