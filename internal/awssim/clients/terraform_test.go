package clients

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// terraform is the Terraform CLI or OpenTofu in a folder, with hashicorp/aws.
type terraform struct {
	*aws
	dir string
	env []string
}

// newTerraform needs what internal/tools/cli has found.
func newTerraform(t *testing.T, folder string) *terraform {
	t.Helper()
	program, provider := os.Getenv("TF_ACC_TERRAFORM_PATH"), os.Getenv("CDN_AWS_PROVIDER")
	switch {
	case program == "":
		t.Skip("SKIPPED: acceptance tests run through internal/tools/cli, as make test does it: it finds a Terraform CLI and hashicorp/aws")
	case provider == "":
		t.Skip("SKIPPED: there is no hashicorp/aws in any plugin folder of this machine, nor does its registry answer, so nothing here shows that it works against the simulator")
	}
	tf := &terraform{aws: newAWS(t), dir: t.TempDir()}
	raw, err := os.ReadFile(filepath.Join(folder, "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	tf.write("main.tf", string(raw))
	// A dev override needs no init, and so no lock file and no registry.
	tf.write("cli.tfrc", fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n", "registry.terraform.io/hashicorp/aws", provider))
	tf.env = tf.environment("TF_CLI_CONFIG_FILE="+filepath.Join(tf.dir, "cli.tfrc"), "TF_INPUT=0", "TF_IN_AUTOMATION=1")
	return tf
}

func (tf *terraform) write(name, content string) {
	tf.Helper()
	if err := os.WriteFile(filepath.Join(tf.dir, name), []byte(content), 0o600); err != nil {
		tf.Fatal(err)
	}
}

// must runs a command that has to exit with a code.
func (tf *terraform) must(exit int, args ...string) string {
	tf.Helper()
	r := tf.start(tf.dir, tf.env, os.Getenv("TF_ACC_TERRAFORM_PATH"), args...)
	if r.exit != exit {
		tf.Fatalf("%s: exit %d, want %d\n%s%s", strings.Join(args, " "), r.exit, exit, r.stdout, r.stderr)
	}
	return r.stdout
}

func side(name string) string { return "-var=side=" + name }

// apply asks nobody; everything that can happen at the same time does.
func (tf *terraform) apply(args ...string) {
	tf.Helper()
	tf.must(0, append([]string{"apply", "-auto-approve", "-no-color", "-parallelism=30"}, args...)...)
}

// importIDs says what the page of each resource asks for, by the attributes in state.
var importIDs = map[string]func(document) string{
	"aws_route53_record": func(a document) string {
		id := strings.Join([]string{a.text("zone_id"), a.text("name"), a.text("type")}, "_")
		if set := a.text("set_identifier"); set != "" {
			id += "_" + set
		}
		return id
	},
	"aws_acm_certificate_validation": nil, // cannot be imported
	"aws_s3_object":                  nil, // an imported one does not know its content
	"aws_lambda_function":            nil, // nor this one its code
}

// forget takes out of the state what can be imported, and returns import blocks for
// it and how many there are. Commands could do that too, at some seconds of processor
// time each: that is what it costs to start hashicorp/aws.
func (tf *terraform) forget() (blocks string, n int) {
	tf.Helper()
	path := filepath.Join(tf.dir, "terraform.tfstate")
	raw, err := os.ReadFile(path)
	if err != nil {
		tf.Fatal(err)
	}
	state := tf.parse(string(raw))
	all, _ := state["resources"].([]any)
	var kept []any
	for _, v := range all {
		r := document(v.(map[string]any))
		id, special := importIDs[r.text("type")]
		if r.text("mode") != "managed" || special && id == nil {
			kept = append(kept, v)
			continue
		}
		instances, _ := r.at("instances").([]any)
		for _, v := range instances {
			instance := document(v.(map[string]any))
			attributes := document(instance.at("attributes").(map[string]any))
			to, identifier := r.text("type")+"."+r.text("name"), attributes.text("id")
			if key := instance.text("index_key"); key != "" {
				to += fmt.Sprintf("[%q]", key)
			}
			if special {
				identifier = id(attributes)
			}
			blocks, n = blocks+fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", to, identifier), n+1
		}
	}
	state["resources"] = kept
	out, err := json.Marshal(state)
	if err != nil {
		tf.Fatal(err)
	}
	tf.write("terraform.tfstate", string(out))
	return blocks, n
}

// What an import cannot know, because it is the provider's own and no API has it.
var ownAttributes = []string{"force_destroy", "publish", "retain_on_delete", "wait_for_deployment"}

var changedAttribute = regexp.MustCompile(`(?m)^ *[~+-] ([a-z_]+) +=`)

func TestAccHashicorpAWSManagesASite(t *testing.T) {
	t.Parallel()
	tf := newTerraform(t, "testdata/site")
	tf.apply(side("blue"))
	if status, body := tf.viewed("www.example.com", "/"); status != http.StatusOK || body != "I am blue" {
		t.Errorf("a viewer gets %d %s", status, body)
	}

	blocks, n := tf.forget()
	tf.write("imports.tf", blocks)
	plan := tf.must(0, "plan", "-no-color", side("blue"))
	if !regexp.MustCompile(fmt.Sprintf(`Plan: %d to import, 0 to add, \d+ to change, 0 to destroy`, n)).MatchString(plan) {
		t.Errorf("importing %d resources would come to:\n%s", n, plan)
	}
	for _, m := range changedAttribute.FindAllStringSubmatch(plan, -1) {
		if !slices.Contains(ownAttributes, m[1]) {
			t.Errorf("%s is another after the import:\n%s", m[1], plan)
		}
	}

	tf.apply(side("green")) // what it imports, it changes
	tf.must(0, "plan", "-no-color", "-detailed-exitcode", side("green"))
	if status, body := tf.viewed("www.example.com", "/"); status != http.StatusOK || body != "I am green" {
		t.Errorf("after the update, a viewer gets %d %s", status, body)
	}

	tf.must(0, "destroy", "-auto-approve", "-no-color", "-parallelism=30", side("green"))
	tf.empty()
	for _, left := range []struct{ service, path, want string }{
		{"s3", "/", "<Buckets></Buckets>"},
		{"cloudfront", "/2020-05-31/cache-policy?Type=custom", "<Quantity>0</Quantity>"},
		{"cloudfront", "/2020-05-31/origin-request-policy?Type=custom", "<Quantity>0</Quantity>"},
		{"cloudfront", "/2020-05-31/response-headers-policy?Type=custom", "<Quantity>0</Quantity>"},
		{"cloudfront", "/2020-05-31/origin-access-control", "<Quantity>0</Quantity>"},
	} {
		if got := tf.asked(left.service, left.path); !strings.Contains(got, left.want) {
			t.Errorf("left behind: %s", got)
		}
	}
}

// asked is the answer to a read that is signed only for its looks.
func (a *aws) asked(service, path string) string {
	a.Helper()
	req, err := http.NewRequestWithContext(a.Context(), http.MethodGet, a.endpoint+path, nil)
	if err != nil {
		a.Fatal(err)
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDTEST/20260101/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		a.Fatal(err)
	}
	return string(raw)
}
