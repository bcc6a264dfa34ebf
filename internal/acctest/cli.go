package acctest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	framework "github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// Speed is how many times faster than the machine the clock runs that provider
// and simulator share when a CLI is between them: two minutes of propagation
// take a fifth of a second.
const Speed = 600

// A CLI is a site that the Terraform CLI reaches over real sockets, with a
// provider in this process. internal/tools/cli sets the variables it reads.
type CLI struct {
	*Env
	Also     []func() framework.Resource // see provider.World
	Accounts Config                      // of the provider block; nil: it names none
	t        *testing.T

	control string // URL of the AWS services
	edge    string // host:port of the POPs
	dns     string // host:port of the name servers

	spelling atomic.Pointer[Spelling]
}

// NewCLI builds a site for one test, which runs in parallel with the others from
// here on. Like every acceptance test it is skipped without TF_ACC.
func NewCLI(t *testing.T, site Site) *CLI {
	t.Helper()
	if os.Getenv(resource.EnvTfAcc) == "" {
		t.Skipf("acceptance tests run with %s=1, as make testacc sets it", resource.EnvTfAcc)
	}
	t.Parallel()
	if site.World.Clock == nil {
		site.World.Clock = clock.NewScaled(Speed)
	}
	c := &CLI{Env: New(t, site), t: t}
	ctx, stop := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	edge, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	c.must(err)
	control := httptest.NewServer(afar(c.spelled(c.World.Control())))
	t.Cleanup(func() {
		control.Close()
		stop()
		serving.Wait()
	})
	for _, serve := range []func() error{
		func() error { return c.World.Fleet().Serve(ctx, edge) },
		func() error { return c.World.DNS().Serve(ctx, "127.0.0.1:0") },
	} {
		serving.Go(func() {
			if err := serve(); err != nil {
				t.Error(err)
			}
		})
	}
	c.control, c.edge, c.dns = control.URL, edge.Addr().String(), c.World.DNS().Addr(ctx).String()
	return c
}

func (c *CLI) provider() (tfprotov6.ProviderServer, error) {
	return provider.NewServer(provider.World{Clock: c.World.Clock(), Also: c.Also}, "test")
}

// Spell has CloudFront write its answers about distributions differently from here on,
// for the provider.
func (c *CLI) Spell(s Spelling) { c.spelling.Store(&s) }

// spelled answers as AWS does, but for the spelling.
func (c *CLI) spelled(aws http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := c.spelling.Load()
		if s == nil || r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/distribution") {
			aws.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		aws.ServeHTTP(answer, r)
		body := answer.Body.String()
		if answer.Code == http.StatusOK {
			body = s.Rewrite(body)
		}
		maps.Copy(w.Header(), answer.Header())
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(answer.Code)
		_, _ = io.WriteString(w, body) // a client that is gone reads nothing
	})
}

// Test runs steps through the plugin testing framework, which destroys what is
// left at the end and then asks destroyed, if there is such a function.
func (c *CLI) Test(destroyed resource.TestCheckFunc, steps ...resource.TestStep) {
	c.t.Helper()
	resource.Test(c.t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){"cdn": c.provider},
		CheckDestroy:             destroyed,
		Steps:                    steps,
	})
}

// Check makes a check of something that fails the test by itself.
func Check(look func()) resource.TestCheckFunc {
	return func(*terraform.State) error {
		look()
		return nil
	}
}

// An Expr is an HCL expression in a Config, in place of a value.
type Expr string

// ProviderBlock configures the provider for this site's sockets.
func (c *CLI) ProviderBlock() string {
	body := Config{
		"access_key": "AKIDPROVIDER", "secret_key": "secret", "region": "us-east-1", "poll_interval": "15s",
		"endpoints": Block{"cloudfront": c.control, "route53": c.control, "acm": c.control, "cloudwatch": c.control, "lambda": c.control, "cloudfrontkeyvaluestore": c.control, "s3": c.control, "sts": c.control, "edge": c.edge},
	}
	if c.Accounts != nil {
		body["accounts"] = c.Accounts
	}
	return block(`provider "cdn"`, body)
}

// HCL writes a whole configuration: the provider, one resource, and what else is
// to stand there.
func (c *CLI) HCL(address string, body Config, more ...string) string {
	typ, name, _ := strings.Cut(address, ".")
	return strings.Join(append([]string{c.ProviderBlock(), block(fmt.Sprintf("resource %q %q", typ, name), body)}, more...), "\n")
}

func block(head string, body Config) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s {\n", head)
	for _, k := range slices.Sorted(maps.Keys(body)) {
		switch nested := body[k].(type) {
		case Block:
			b.WriteString(block(k, Config(nested)))
			continue
		case []Block:
			for _, n := range nested {
				b.WriteString(block(k, Config(n)))
			}
			continue
		}
		fmt.Fprintf(&b, "%s = %s\n", k, expression(body[k]))
	}
	b.WriteString("}\n")
	return b.String()
}

// A Block is a nested block in a Config, such as lifecycle; []Block are several of
// one name.
type Block Config

// expression writes a value as HCL, which understands JSON but for the templates
// in its strings.
func expression(v any) string {
	switch v := v.(type) {
	case Expr:
		return string(v)
	case Config:
		return expression(map[string]any(v))
	case map[string]any:
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, fmt.Sprintf("%q = %s", k, expression(v[k])))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	case []any:
		var parts []string
		for _, x := range v {
			parts = append(parts, expression(x))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			panic(err) // a test's own value
		}
		return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(string(raw))
	}
}

// A Workspace is a folder in which the CLI is run command by command, for what
// the testing framework cannot do: hold a plan while the world changes, read
// warnings, interrupt.
type Workspace struct {
	cli     *CLI
	dir     string
	beside  []byte   // how to find hashicorp/aws, which runs already; nil: it does not
	program *program // nil: the provider runs in this process
	other   string   // the CLI in place of the one under test; "": that one
}

// Workspace returns a new one, without state.
func (c *CLI) Workspace() *Workspace { return &Workspace{cli: c, dir: c.t.TempDir()} }

// Write replaces the configuration.
func (w *Workspace) Write(hcl string) {
	w.cli.t.Helper()
	head := "terraform {\n  required_providers {\n    cdn = { source = \"cdn-bluegreen/cdn\" }\n  }\n}\n"
	w.cli.must(os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(head+hcl), 0o600))
}

// A Run is what a command came to.
type Run struct {
	Exit   int
	Output string // both streams; line breaks of the CLI's layout taken out
}

// Says whether the output contains every one of these texts.
func (r Run) Says(texts ...string) bool {
	return !slices.ContainsFunc(texts, func(t string) bool { return !strings.Contains(r.Output, t) })
}

// Run runs a command to its end.
func (w *Workspace) Run(args ...string) Run {
	w.cli.t.Helper()
	return w.Start(args...).Wait()
}

// Must runs a command that has to exit with a code.
func (w *Workspace) Must(exit int, args ...string) Run {
	w.cli.t.Helper()
	r := w.Run(args...)
	if r.Exit != exit {
		w.cli.t.Fatalf("%s exited with %d, want %d:\n%s", strings.Join(args, " "), r.Exit, exit, r.Output)
	}
	return r
}

// A Process is a command that is running, with a provider of its own.
type Process struct {
	w    *Workspace
	cmd  *exec.Cmd
	out  bytes.Buffer
	stop func()
}

// Start starts a command. The provider lives as long as the command does, as it
// would if the CLI had started it.
func (w *Workspace) Start(args ...string) *Process {
	w.cli.t.Helper()
	var env []string
	stop := func() {}
	if w.program != nil {
		env = w.program.env
	} else {
		var reattach string
		reattach, stop = w.cli.serve(w.beside)
		env = append(os.Environ(), "TF_REATTACH_PROVIDERS="+reattach)
	}
	cli := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if w.other != "" {
		cli = w.other
	} else if cli == "" {
		cli = "terraform"
	}
	p := &Process{w: w, stop: stop}
	p.cmd = exec.CommandContext(w.cli.t.Context(), cli, slices.Insert(args, 1, "-no-color")...)
	p.cmd.Dir = w.dir
	p.cmd.Env = append(slices.Clone(env), "CHECKPOINT_DISABLE=1", "TF_INPUT=0")
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	w.cli.must(p.cmd.Start())
	return p
}

// Interrupt is what Ctrl-C does. The CLI tells the provider to stop.
func (p *Process) Interrupt() error { return p.cmd.Process.Signal(os.Interrupt) }

// Kill ends the CLI, and its provider with it, without a chance to write anything down.
func (p *Process) Kill() error { return p.cmd.Process.Kill() }

// Wait returns once the command has ended, and its provider too.
func (p *Process) Wait() Run {
	p.w.cli.t.Helper()
	err := p.cmd.Wait()
	p.stop()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.w.cli.t.Fatal(err)
	}
	return Run{Exit: p.cmd.ProcessState.ExitCode(), Output: unwrapped(p.out.String())}
}

// unwrapped undoes the CLI's layout of diagnostics, so that a sentence can be found.
func unwrapped(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(s)), " ")
}

// addresses are the provider's, as Terraform and as OpenTofu complete "cdn-bluegreen/cdn".
func addresses() []string {
	return []string{"registry.terraform.io/cdn-bluegreen/cdn", "registry.opentofu.org/cdn-bluegreen/cdn"}
}

// serve starts a provider and returns what a CLI needs to find it, and one more that runs
// already.
func (c *CLI) serve(beside []byte) (reattach string, stop func()) {
	c.t.Helper()
	all := map[string]any{}
	if beside != nil {
		c.must(json.Unmarshal(beside, &all))
	}
	server, err := c.provider()
	c.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	found, closed, failed := make(chan *plugin.ReattachConfig), make(chan struct{}), make(chan error, 1)
	go func() {
		failed <- tf6server.Serve(addresses()[0], func() tfprotov6.ProviderServer { return server },
			tf6server.WithDebug(ctx, found, closed), tf6server.WithGoPluginLogger(hclog.NewNullLogger()),
			tf6server.WithoutLogStderrOverride(), tf6server.WithLoggingSink(c.t)) // as TF_LOG says, and silent by default
	}()
	stop = func() {
		cancel()
		<-closed
	}
	var at *plugin.ReattachConfig
	select {
	case at = <-found:
	case err := <-failed:
		cancel()
		c.t.Fatalf("serving the provider: %v", err)
	}
	type addr struct{ Network, String string }
	for _, address := range addresses() {
		all[address] = map[string]any{
			// Test: the CLI must not kill what it takes for the provider's process.
			"Protocol": string(at.Protocol), "ProtocolVersion": 6, "Pid": at.Pid, "Test": true,
			"Addr": addr{at.Addr.Network(), at.Addr.String()},
		}
	}
	raw, err := json.Marshal(all)
	c.must(err)
	return string(raw), stop
}

// State returns the attributes of a resource, by index key where it has some;
// nil when state has no such resource.
func (w *Workspace) State(address string) map[string]any {
	w.cli.t.Helper()
	raw, err := os.ReadFile(filepath.Join(w.dir, "terraform.tfstate"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	w.cli.must(err)
	var state struct {
		Resources []struct {
			Type, Name string
			Instances  []struct {
				Status     string
				Attributes map[string]any
			}
		}
	}
	w.cli.must(json.Unmarshal(raw, &state))
	for _, r := range state.Resources {
		if r.Type+"."+r.Name != address || len(r.Instances) == 0 {
			continue
		}
		if s := r.Instances[0].Status; s != "" {
			w.cli.t.Errorf("%s is %s", address, s)
		}
		return r.Instances[0].Attributes
	}
	return nil
}
