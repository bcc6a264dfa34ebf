package pages_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// A bench is where a CLI validates one block after another: a folder with what all
// of them need.
type bench struct {
	cli, rc string
	acting  string // a CLI that has actions; "": there is none
}

// newBench builds the provider and points the CLI at it, and at hashicorp/aws where
// internal/tools/cli has found that.
func newBench(t *testing.T) bench {
	t.Helper()
	if os.Getenv(resource.EnvTfAcc) == "" {
		t.Skipf("tests with a CLI run with %s=1, as make test sets it", resource.EnvTfAcc)
	}
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "terraform-provider-cdn"), "github.com/cdn-bluegreen/terraform-provider-cdn")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the provider: %v\n%s", err, out)
	}
	host := os.Getenv(resource.EnvTfAccProviderHost)
	if host == "" {
		host = "registry.terraform.io"
	}
	overrides := ""
	for _, host := range slices.Compact([]string{host, "registry.terraform.io"}) { // the latter for a CLI that has actions
		overrides += fmt.Sprintf("    %q = %q\n", host+"/cdn-bluegreen/cdn", dir)
		if at := os.Getenv("CDN_AWS_PROVIDER"); at != "" {
			overrides += fmt.Sprintf("    %q = %q\n", host+"/hashicorp/aws", at)
		}
	}
	b := bench{cli: os.Getenv("TF_ACC_TERRAFORM_PATH"), rc: filepath.Join(dir, "cli.tfrc"), acting: os.Getenv("CDN_ACTIONS_CLI")}
	if b.cli == "" {
		b.cli = "terraform"
	}
	// A development override needs no init, and so no registry.
	if err := os.WriteFile(b.rc, []byte("provider_installation {\n  dev_overrides {\n"+overrides+"  }\n  direct {}\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b bench) run(t *testing.T, dir, stdin string, args ...string) error {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), b.cli, args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_") && !strings.HasPrefix(v, "TF_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "TF_CLI_CONFIG_FILE="+b.rc, "CHECKPOINT_DISABLE=1", "TF_INPUT=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// validate asks the CLI about one configuration, against the schemas of real
// providers; where hashicorp/aws is needed and not there, about its syntax only.
func (b bench) validate(t *testing.T, hcl string) {
	t.Helper()
	whole := complete(hcl)
	// fmt -check would also find what merely is not pretty; reading is enough here.
	if err := b.run(t, t.TempDir(), whole, "fmt", "-no-color", "-"); err != nil {
		t.Fatalf("%v\nof\n%s", err, whole)
	}
	if strings.Contains(whole, "hashicorp/aws") && os.Getenv("CDN_AWS_PROVIDER") == "" {
		t.Skip("SKIPPED but for its syntax: there is no hashicorp/aws in any plugin folder of this machine, nor does its registry answer")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(whole, "\naction \"") || strings.Contains(whole, "action_trigger {") {
		if b.acting == "" {
			t.Skip("SKIPPED but for its syntax: no CLI here has actions; make testactions builds one")
		}
		b.cli = b.acting
	}
	err := b.run(t, dir, "", "validate", "-no-color")
	for said, why := range newer {
		if err != nil && strings.Contains(err.Error(), said) {
			t.Skip("SKIPPED but for its syntax: " + why)
		}
	}
	if err != nil {
		t.Errorf("%v\nof\n%s", err, whole)
	}
}

// newer is what a CLI says of what it does not have yet, and what that is.
var newer = map[string]string{
	`An argument named "identity" is not expected here.`:  "this CLI imports by id only; Terraform 1.12 and later do by identity",
	`An argument named "ephemeral" is not expected here.`: "this CLI has no ephemeral variables, nor write-only attributes; Terraform 1.11, OpenTofu 1.11 and later have both",
	"WriteOnly Attribute Not Allowed":                     "this CLI has no write-only attributes; Terraform 1.11, OpenTofu 1.11 and later have them",
}

func TestEveryBlockOfHCLIsValid(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	seen := map[string]string{} // examples come back on pages
	type piece struct{ name, text string }
	var all []piece
	for _, p := range pages(t) {
		_, blocks := p.split()
		for _, block := range blocks {
			if slices.Contains([]string{"terraform", "hcl", "tf"}, block.language) {
				all = append(all, piece{fmt.Sprintf("%s:%d", block.page, block.line), block.text})
			}
		}
	}
	if len(all) < 15 {
		t.Errorf("only %d blocks were found", len(all))
	}
	for _, name := range files(t, "examples", ".tf") {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, piece{strings.TrimPrefix(filepath.ToSlash(name), root+"/"), string(raw)})
	}
	all = slices.DeleteFunc(all, func(p piece) bool { return query.MatchString(p.text) })
	all = slices.DeleteFunc(all, func(p piece) bool {
		text := strings.TrimSpace(p.text)
		first := seen[text] == ""
		seen[text] = p.name
		return !first
	})
	// Most of the time goes into starting the CLI and hashicorp/aws, so what can be a module
	// is validated with all others at once, and alone only to say which one is wrong.
	var together []string
	alone := slices.DeleteFunc(slices.Clone(all), func(p piece) bool {
		if rootOnly.MatchString(p.text) {
			return false
		}
		together = append(together, complete(strings.TrimSpace(p.text)))
		return true
	})
	if err := b.modules(t, together); err != nil {
		t.Logf("together: %v", err)
		alone = all
	}
	if len(together) < 15 {
		t.Errorf("only %d blocks are validated at once", len(together))
	}
	// hashicorp/aws takes hundreds of megabytes: two at a time.
	slots := make(chan struct{}, 2)
	for _, p := range alone {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			slots <- struct{}{}
			defer func() { <-slots }()
			b.validate(t, strings.TrimSpace(p.text))
		})
	}
}

// rootOnly finds what a module may not have, or what not every CLI knows.
var rootOnly = regexp.MustCompile(`(?m)^import \{|^action "|action_trigger \{|^terraform \{|ephemeral += true|_wo += `)

// query finds what stands in files of terraform query, which validate does not read.
var query = regexp.MustCompile(`(?m)^list "`)

var variables = regexp.MustCompile(`(?m)^variable "([a-z_]+)"`)

// modules validates configurations as modules of one. Where hashicorp/aws is not there,
// it says so by an error.
func (b bench) modules(t *testing.T, configurations []string) error {
	t.Helper()
	dir := t.TempDir()
	var root strings.Builder
	declared := map[string]bool{}
	for i, hcl := range configurations {
		fmt.Fprintf(&root, "module \"m%d\" {\n  source = \"./m%[1]d\"\n", i)
		var declarations strings.Builder
		for _, m := range variables.FindAllStringSubmatch(hcl, -1) {
			fmt.Fprintf(&root, "  %s = var.%[1]s\n", m[1])
			if !declared[m[1]] {
				declared[m[1]] = true
				fmt.Fprintf(&declarations, "variable %q {}\n", m[1])
			}
		}
		root.WriteString("}\n" + declarations.String())
		module := filepath.Join(dir, fmt.Sprintf("m%d", i))
		if err := os.Mkdir(module, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(module, "main.tf"), []byte(hcl), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(root.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.run(t, dir, "", "get", "-no-color"); err != nil {
		return err
	}
	return b.run(t, dir, "", "validate", "-no-color")
}

// A block that is wrong has to be found, or the others prove nothing.
func TestABlockThatIsWrongIsFound(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, hcl := range map[string]string{
		"an attribute that does not exist":      `resource "cdn_bluegreen_switch" "x" { colour = "blue" }`,
		"a side that is none":                   "resource \"cdn_bluegreen_switch\" \"x\" {\n" + strings.Replace(stubs["cdn_bluegreen_switch"], `live = "blue"`, `live = "red"`, 1) + "}",
		"a function that does not exist":        `output "x" { value = provider::cdn::nothing() }`,
		"a write-only secret without a version": "resource \"cdn_edge_split\" \"x\" {\n" + stubs["cdn_edge_split"] + "  override = { header = \"x-side\", secret_wo = \"only-our-testers-know\" }\n}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(complete(hcl)), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := b.run(t, dir, "", "validate", "-no-color"); err == nil || !strings.Contains(err.Error(), "Error: ") {
				t.Errorf("it is called valid: %v", err)
			}
		})
	}
}

var (
	comment   = regexp.MustCompile(`(?m)(^|\s)#.*$`)
	removed   = regexp.MustCompile(`(?m)^\s*from\s*=.*$`)
	declared  = regexp.MustCompile(`(?m)^\s*(resource|data|action) "([a-z0-9_]+)" "([a-z0-9_]+)"`)
	mentioned = regexp.MustCompile(`(?:\b(data|action)\.)?\b((?:aws|cdn)_[a-z0-9_]+)\.([a-z_][a-z0-9_]*)(\[)?`)
	variable  = regexp.MustCompile(`\bvar\.([a-z_]+)`)
	local     = regexp.MustCompile(`\blocal\.([a-z_]+)`)
	elided    = regexp.MustCompile(`(?m)^ *# \.\.\..*$`)
)

// complete adds to a fragment what a reader has and it does not show: where
// providers come from, variables, the resources it mentions, and the rest of a
// distribution where the fragment says "# ...".
func complete(hcl string) string {
	var out bytes.Buffer
	if strings.HasPrefix(hcl, "lifecycle {") { // what belongs into a distribution
		hcl = "resource \"aws_cloudfront_distribution\" \"fragment\" {\n  # ...\n" + hcl + "\n}"
	}
	hcl = elided.ReplaceAllLiteralString(hcl, distribution)
	code := removed.ReplaceAllString(comment.ReplaceAllString(hcl, ""), "")
	have := map[string]bool{}
	for _, m := range declared.FindAllStringSubmatch(code, -1) {
		have[m[1]+" "+m[2]+" "+m[3]] = true
	}
	for _, m := range mentioned.FindAllStringSubmatch(code, -1) {
		kind := "resource"
		if m[1] != "" {
			kind = m[1]
		}
		if key := kind + " " + m[2] + " " + m[3]; !have[key] {
			have[key] = true
			each := ""
			if m[4] != "" {
				each = "  for_each = toset([\"blue\", \"green\"])\n"
			}
			fmt.Fprintf(&out, "%s %q %q {\n%s%s}\n", kind, m[2], m[3], each, stubs[m[2]])
		}
	}
	for _, m := range variable.FindAllStringSubmatch(code, -1) {
		if head := fmt.Sprintf("variable %q {", m[1]); !have[head] && !strings.Contains(code, head) {
			have[head] = true
			out.WriteString(head + "}\n")
		}
	}
	for _, m := range local.FindAllStringSubmatch(code, -1) {
		if head := "local " + m[1]; !have[head] && !strings.Contains(code, "locals {") {
			have[head] = true
			fmt.Fprintf(&out, "locals {\n  %s = {}\n}\n", m[1])
		}
	}
	out.WriteString(hcl + "\n")
	if !strings.Contains(code, "required_providers") {
		out.WriteString("terraform {\n  required_providers {\n    cdn = { source = \"cdn-bluegreen/cdn\" }\n")
		if strings.Contains(out.String(), "\"aws") {
			out.WriteString("    aws = { source = \"hashicorp/aws\" }\n")
		}
		out.WriteString("  }\n}\n")
	}
	return out.String()
}

// stubs are the bodies of resources that fragments mention.
var stubs = map[string]string{
	"aws_cloudfront_distribution": distribution,
	"aws_route53_zone":            "  name = \"example.com\"\n",
	"aws_acm_certificate":         "  domain_name = \"example.com\"\n  validation_method = \"DNS\"\n",
	"aws_iam_role":                "  assume_role_policy = \"{}\"\n",
	"aws_s3_bucket":               "",
	"aws_lb":                      "  subnets = [\"subnet-1\", \"subnet-2\"]\n",
	"aws_s3_object":               "  bucket = \"site\"\n  key = \"index.html\"\n",
	"cdn_weighted_ramp": "  zone_id = \"Z0123456789\"\n  names = [\"www.example.com\"]\n  types = [\"A\"]\n  target = \"green\"\n  weight = 10\n" +
		"  sides = {\n    blue = { ttl = 60, values = { A = [\"192.0.2.1\"] } }\n    green = { ttl = 60, values = { A = [\"192.0.2.2\"] } }\n  }\n",
	"cdn_staging_distribution":  "  primary_distribution_id = \"E1AAAAAAAAAAAA\"\n",
	"cdn_continuous_deployment": "  primary_distribution_id = \"E1AAAAAAAAAAAA\"\n  staging_distribution_id = \"E2AAAAAAAAAAAA\"\n  weight = 5\n",
	"cdn_staging_promotion":     "  primary_distribution_id = \"E1AAAAAAAAAAAA\"\n  staging_distribution_id = \"E2AAAAAAAAAAAA\"\n  policy_id = \"11111111-2222-3333-4444-555555555555\"\n  release = \"1\"\n",
	"cdn_behavior_switch":       "  distribution_id = \"E1AAAAAAAAAAAA\"\n  behaviors = [\"default\"]\n  live = \"blue\"\n  sides = { blue = { origin_id = \"blue\" } }\n",
	"cdn_edge_split":            "  name = \"shop\"\n  safe = \"blue\"\n  weight = 0\n  sides = { blue = { origin_id = \"blue\" }, green = { origin_id = \"green\" } }\n",
	"cdn_bluegreen_switch":      "  aliases = [\"www.example.com\"]\n  live = \"blue\"\n  sides = { blue = { distribution_id = \"E1AAAAAAAAAAAA\" } }\n",
}

// distribution is the least that hashicorp/aws takes.
const distribution = `  enabled = true
  origin {
    origin_id   = "origin"
    domain_name = "origin.example.net"
    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }
  default_cache_behavior {
    target_origin_id       = "origin"
    viewer_protocol_policy = "allow-all"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
  }
  restrictions {
    geo_restriction { restriction_type = "none" }
  }
  viewer_certificate { cloudfront_default_certificate = true }
`
