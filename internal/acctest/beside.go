package acctest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// NeedAWSProvider skips a test where there is no hashicorp/aws: internal/tools/cli
// looks for it, and says loudly when it finds none.
func NeedAWSProvider(t *testing.T) {
	t.Helper()
	if os.Getenv("CDN_AWS_PROVIDER") == "" {
		t.Skip("SKIPPED: there is no hashicorp/aws in any plugin folder of this machine, nor does its registry answer, so nothing here shows that both work in one configuration")
	}
}

// Beside returns a workspace in which hashicorp/aws works too, unmodified. A dev
// override needs no init, and so no lock file and no registry.
func (c *CLI) Beside() *Workspace {
	c.t.Helper()
	w := c.Workspace()
	w.env = []string{"TF_CLI_CONFIG_FILE=" + filepath.Join(w.dir, "cli.tfrc")}
	c.must(os.WriteFile(filepath.Join(w.dir, "cli.tfrc"), fmt.Appendf(nil,
		"provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n", "registry.terraform.io/hashicorp/aws", os.Getenv("CDN_AWS_PROVIDER")), 0o600))
	// HCL of its own rather than block(): this is how people write it.
	c.must(os.WriteFile(filepath.Join(w.dir, "aws.tf"), fmt.Appendf(nil, `
terraform {
  required_providers {
    aws = { source = "registry.terraform.io/hashicorp/aws" }
    cdn = { source = "cdn-bluegreen/cdn" }
  }
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "AKIDBESIDE"
  secret_key                  = "secret"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
  endpoints {
    acm        = %[1]q
    cloudfront = %[1]q
    route53    = %[1]q
    sts        = %[1]q
  }
}
`, c.control), 0o600))
	return w
}

// Put writes one more file of the configuration.
func (w *Workspace) Put(name, hcl string) {
	w.cli.t.Helper()
	w.cli.must(os.WriteFile(filepath.Join(w.dir, name), []byte(hcl), 0o600))
}
