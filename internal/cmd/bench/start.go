package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const mebi = 1 << 20

// start measures how long a provider takes from its start to its schema, as every
// command of the CLI has it do, and beside it hashicorp/aws.
func start(ctx context.Context, o options) ([]figure.Figure, error) {
	ours, err := ready(ctx, filepath.Join(o.bin, "terraform-provider-cdn"), "/tfplugin6.Provider/GetProviderSchema")
	if err != nil {
		return nil, err
	}
	out := []figure.Figure{
		figure.AtMost("start to schema", ours.took.Seconds()*1000, "ms", 150),
		figure.AtMost("start to schema: memory", ours.memory/mebi, "MiB", 60),
		figure.AtMost("stripped binary", ours.size/mebi, "MiB", 48), // it has the clients of fifteen services, four of them only because aws-sdk-go-base imports them
	}
	theirs, _ := filepath.Glob(filepath.Join(os.Getenv("CDN_AWS_PROVIDER"), "terraform-provider-aws*"))
	if os.Getenv("CDN_AWS_PROVIDER") == "" || len(theirs) == 0 {
		fmt.Fprintln(o.stderr, "SKIPPED: there is no hashicorp/aws on this machine (CDN_AWS_PROVIDER is empty), so nothing is measured BESIDE it. internal/tools/cli looks for one.")
		return out, nil
	}
	aws, err := ready(ctx, theirs[0], "/tfplugin5.Provider/GetSchema")
	if err != nil {
		return out, fmt.Errorf("hashicorp/aws: %w", err)
	}
	return append(out,
		figure.Plain("hashicorp/aws 5.100: start to schema", aws.took.Seconds()*1000, "ms"),
		figure.Plain("hashicorp/aws 5.100: start to schema: memory", aws.memory/mebi, "MiB"),
		figure.Plain("hashicorp/aws 5.100: binary", aws.size/mebi, "MiB"),
	), nil
}

// A startup is the median of several.
type startup struct {
	took         time.Duration
	memory, size float64 // bytes
}

// ready starts a provider some times, the first of which only fills the machine's caches.
func ready(ctx context.Context, program, method string) (startup, error) {
	const times = 7
	info, err := os.Stat(program)
	if err != nil {
		return startup{}, err
	}
	var took []time.Duration
	var memory []float64
	for i := range times + 1 {
		t, m, err := once(ctx, program, method)
		if err != nil {
			return startup{}, err
		}
		if i > 0 {
			took, memory = append(took, t), append(memory, m)
		}
	}
	slices.Sort(took)
	slices.Sort(memory)
	return startup{took[times/2], memory[times/2], float64(info.Size())}, nil
}

// once speaks just enough of the plugin protocol: a line that says where the provider
// listens, and one call. The schema is received but not decoded, which is the CLI's cost.
func once(ctx context.Context, program, method string) (took time.Duration, memory float64, err error) {
	var clk clock.System
	ctx, cancel := clock.WithTimeout(ctx, clk, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program) //nolint:gosec // the provider, or its neighbour
	cmd.Env = append(figure.Environ(), "TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
		"PLUGIN_PROTOCOL_VERSIONS=5,6", "PLUGIN_MIN_PORT=10000", "PLUGIN_MAX_PORT=25000")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	began := clk.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	err = func() error {
		line, err := bufio.NewReader(stdout).ReadString('\n')
		if err != nil {
			return fmt.Errorf("%s said nothing: %w", program, err)
		}
		said := strings.Split(strings.TrimSpace(line), "|") // 1|6|unix|/tmp/plugin|grpc|
		if len(said) < 5 || said[4] != "grpc" {
			return fmt.Errorf("%s said %q", program, line)
		}
		target := said[3]
		if said[2] == "unix" {
			target = "unix:" + target
		}
		conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(512*mebi)))
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }() // the provider is killed
		err = conn.Invoke(ctx, method, &emptypb.Empty{}, &emptypb.Empty{})
		took = clk.Now().Sub(began)
		if err != nil {
			return err
		}
		memory, err = peak(cmd.Process.Pid)
		return err
	}()
	_ = cmd.Process.Kill() // it has done what it was started for
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	_ = cmd.Wait() // killed
	if err != nil {
		return 0, 0, err
	}
	return took, memory, nil
}

// peak is the most memory that a process has held so far. The usage that the parent
// gets to know at the end counts the parent's own memory from before the exec.
func peak(pid int) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("this system does not say how much memory a process takes: %w", err)
	}
	_, rest, _ := strings.Cut(string(raw), "VmHWM:")
	var kibi float64
	if _, err := fmt.Sscan(rest, &kibi); err != nil {
		return 0, fmt.Errorf("reading the memory of process %d: %w", pid, err)
	}
	return kibi * 1024, nil
}
