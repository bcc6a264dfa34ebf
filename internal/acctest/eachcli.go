package acctest

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/hashicorp/go-version"
)

// otherCLI is where internal/tools/cli says which other CLI there is: OpenTofu where
// Terraform is under test, and the other way round.
const otherCLI = "CDN_OTHER_CLI"

// EachCLI runs a test with the CLI under test, and with the other of Terraform and
// OpenTofu where it is there: internal/tools/cli says loudly when it is not. The test has
// its workspaces use the CLI.
func EachCLI(t *testing.T, test func(t *testing.T, use func(*Workspace))) {
	t.Helper()
	t.Run("under test", func(t *testing.T) { test(t, func(*Workspace) {}) })
	t.Run("the other", func(t *testing.T) {
		other := os.Getenv(otherCLI)
		if other == "" {
			t.Skip("SKIPPED: only one of Terraform and OpenTofu is here, so nothing here shows that this works with the other")
		}
		test(t, func(w *Workspace) { w.other = other })
	})
}

// EachCLISince is EachCLI for what CLIs before a version cannot do. Where that leaves one
// of Terraform and OpenTofu out, the CLI that actions are invoked with may stand in for it.
func EachCLISince(t *testing.T, least string, test func(t *testing.T, use func(*Workspace))) {
	t.Helper()
	tested, other, acting := os.Getenv("TF_ACC_TERRAFORM_PATH"), os.Getenv(otherCLI), os.Getenv(actionsCLI)
	all := map[string]string{"under test": tested, "the other": other}
	if acting != "" && acting != tested && acting != other {
		all["the one with actions"] = acting
	}
	for name, cli := range all {
		t.Run(name, func(t *testing.T) {
			if cli == "" {
				t.Skip("SKIPPED: only one of Terraform and OpenTofu is here, so nothing here shows that this works with the other")
			}
			if is := versionOf(t, cli); is.LessThan(version.Must(version.NewVersion(least))) {
				t.Skipf("SKIPPED: %s is %s, and this needs %s", cli, is, least)
			}
			test(t, func(w *Workspace) { w.other = cli })
		})
	}
}

// versionOf asks a CLI, which of the two it may be.
func versionOf(t *testing.T, cli string) *version.Version {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), cli, "version", "-json")
	cmd.Dir = t.TempDir() // no configuration or provider can add to it
	cmd.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1")
	raw, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		t.Fatal(err)
	}
	is, err := version.NewVersion(answer.Version)
	if err != nil {
		t.Fatal(err)
	}
	return is
}
