// Package clients runs other people's programs against the simulator, over real
// sockets and unmodified: the AWS CLI, boto3, and hashicorp/aws under the Terraform
// CLI or OpenTofu. What they do not understand is a mistake of the simulator's.
//
// A test whose program is not on the machine is skipped and says which. Nothing
// else is ever skipped here. internal/tools/cli finds the programs that are not
// simply on PATH and says which are missing.
package clients

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

// aws is a simulated account that other processes can reach. Its time is the
// machine's, and its changes are quick.
type aws struct {
	*testing.T
	world    *awssim.World
	endpoint string // of every service
	edge     string // host:port of the POPs
}

func newAWS(t *testing.T) *aws {
	t.Helper()
	knobs := knob.Defaults()
	knobs.InsyncSpan, knobs.DNSCheckDelay, knobs.RecordThrottling, knobs.InvalidationSpan = 0, 0, false, 0
	knobs.PendingSpan, knobs.ReplicaSpan, knobs.ProvisioningSpan = 0, 0, 0
	knobs.MetricDelay = -time.Minute // nobody here waits for a minute to end
	a := &aws{T: t, world: awssim.New(awssim.Options{Propagation: 200 * time.Millisecond, Knobs: &knobs})}
	control := httptest.NewServer(a.world.Control())
	ctx, stop := context.WithCancel(context.Background())
	edge, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := a.world.Fleet().Serve(ctx, edge); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		control.Close()
		stop()
		serving.Wait()
		a.unserved()
		if t.Failed() {
			for _, c := range a.world.Journal().Calls(0) {
				if c.Write {
					t.Logf("%s %s %d %s effect=%t", c.At.Format(time.TimeOnly), c.Operation, c.Status, c.Code, c.Effect)
				}
			}
		}
		for _, mistake := range a.world.Mistakes() {
			t.Error(mistake)
		}
	})
	a.endpoint, a.edge = control.URL, edge.Addr().String()
	return a
}

// unserved fails the test if the client called what the simulator does not serve:
// a client that got on without the answer has been told a lie.
func (a *aws) unserved() {
	a.Helper()
	for _, c := range a.world.Journal().Calls(0) {
		if c.Status == http.StatusNotImplemented || c.Operation == "Unknown" || c.Code == "InternalFailure" {
			a.Errorf("%s %s %v answered %d %s", c.Service, c.Operation, c.Labels, c.Status, c.Code)
		}
	}
}

// environment is the machine's without anything that AWS clients or the CLIs read,
// and with what leads them here.
func (a *aws) environment(more ...string) []string {
	var out []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "AWS_") && !strings.HasPrefix(name, "TF_") && !strings.EqualFold(name, "http_proxy") && !strings.EqualFold(name, "https_proxy") {
			out = append(out, v)
		}
	}
	return append(append(out,
		"AWS_ACCESS_KEY_ID=AKIDCLIENT", "AWS_SECRET_ACCESS_KEY=secret", "AWS_DEFAULT_REGION=us-east-1", "AWS_REGION=us-east-1",
		"AWS_ENDPOINT_URL="+a.endpoint, "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=", "AWS_MAX_ATTEMPTS=1", "CHECKPOINT_DISABLE=1"), more...)
}

// A run is what a program came to.
type run struct {
	exit           int
	stdout, stderr string
}

// start runs a program to its end.
func (a *aws) start(dir string, environment []string, name string, args ...string) run {
	a.Helper()
	cmd := exec.CommandContext(a.Context(), name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, environment, &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		a.Fatalf("%s: %v", name, err)
	}
	return run{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// viewed is what a viewer of a host name gets.
func (a *aws) viewed(host, path string) (status int, body string) {
	a.Helper()
	req, err := http.NewRequestWithContext(a.Context(), http.MethodGet, "http://"+a.edge+path, nil)
	if err != nil {
		a.Fatal(err)
	}
	req.Host = host
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		a.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

// document is JSON that a program printed.
type document map[string]any

func (a *aws) parse(raw string) document {
	a.Helper()
	var out document
	if err := json.Unmarshal([]byte(raw), &out); err != nil {
		a.Fatalf("%v in %s", err, raw)
	}
	return out
}

// at follows a path of names and, where one is a number in a list, indexes.
func (d document) at(path ...any) any {
	var v any = map[string]any(d)
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

func (d document) text(path ...any) string {
	s, _ := d.at(path...).(string)
	return s
}

// empty fails the test unless nothing is left in the account.
func (a *aws) empty() {
	a.Helper()
	now := a.world.Clock().Now()
	if left := a.world.CloudFront().Describe(now); len(left) > 0 {
		a.Errorf("distributions are left: %+v", left)
	}
	if left := a.world.Route53().Describe(); len(left) > 0 {
		a.Errorf("zones are left: %+v", left)
	}
}
