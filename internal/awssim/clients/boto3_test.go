package clients

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// The script asserts by itself what boto3 decodes; here is asserted what it left behind.
func TestBoto3ManagesASite(t *testing.T) {
	t.Parallel()
	if err := exec.Command("python3", "-c", "import boto3").Run(); err != nil {
		t.Skip("SKIPPED: there is no python3 with boto3 on PATH, so nothing here shows that it works against the simulator")
	}
	a := newAWS(t)
	script, err := filepath.Abs("testdata/site.py")
	if err != nil {
		t.Fatal(err)
	}
	if r := a.start(t.TempDir(), a.environment("AWSSIM_EDGE="+a.edge), "python3", script); r.exit != 0 {
		t.Errorf("exit %d: %s%s", r.exit, r.stdout, r.stderr)
	}
	a.empty()
}
