package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	mdns "github.com/miekg/dns"
)

var readyLine = regexp.MustCompile(`^awssim ready: control=(http://127\.0\.0\.1:\d+) edge=(http://127\.0\.0\.1:\d+) dns=(127\.0\.0\.1:\d+) account=210987654321 pops=5 propagation=1s seed=7\n$`)

// buffer collects what the program writes while it runs.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func TestServeIsUsableOverRealSocketsAndStopsCleanly(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	stdout, in := io.Pipe()
	var stderr buffer
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{
			"serve", "--addr", "127.0.0.1:0", "--edge", "127.0.0.1:0", "--dns", "127.0.0.1:0", "--account", "210987654321",
			"--pops", "5", "--propagation", "1s", "--seed", "7", "--knob", "unowned_gap=1s", "--knob", "insync_span=0s", "--verbose",
		}, in, &stderr)
		_ = in.Close()
	}()
	out := bufio.NewReader(stdout)
	line, err := out.ReadString('\n')
	at := readyLine.FindStringSubmatch(line)
	if err != nil || at == nil {
		t.Fatalf("the line is %q (%v); stderr: %s", line, err, stderr.String())
	}
	control, edge, dns := at[1], at[2], at[3]

	cfg := aws.Config{Region: "us-east-1", BaseEndpoint: aws.String(control), Credentials: credentials.NewStaticCredentialsProvider("AKID", "x", "")}
	id, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *id.Account != "210987654321" {
		t.Errorf("GetCallerIdentity: %+v, %v", id, err)
	}
	if _, err := cloudfront.NewFromConfig(cfg).ListDistributions(t.Context(), &cloudfront.ListDistributionsInput{}); err != nil {
		t.Errorf("ListDistributions: %v", err)
	}
	if _, err := route53.NewFromConfig(cfg).CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{Name: aws.String("example.com"), CallerReference: aws.String("z")}); err != nil {
		t.Errorf("CreateHostedZone: %v", err)
	}

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, edge+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "www.example.com"
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden || resp.Header.Get("X-Cache") != "Error from cloudfront" {
		t.Errorf("a viewer of a name nobody owns: %d %v", resp.StatusCode, resp.Header)
	}

	for _, network := range []string{"udp", "tcp"} {
		query := new(mdns.Msg).SetQuestion("example.com.", mdns.TypeSOA)
		answer, _, err := (&mdns.Client{Net: network}).ExchangeContext(t.Context(), query, dns)
		if err != nil || answer.Rcode != mdns.RcodeSuccess || len(answer.Answer) != 1 {
			t.Errorf("SOA over %s: %v, %v", network, answer, err)
		}
	}
	knobs, err := http.Get(control + "/_awssim/knobs")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(knobs.Body)
	_ = knobs.Body.Close()
	if err != nil || !strings.Contains(string(raw), `"unowned_gap":1000000000`) {
		t.Errorf("knobs: %s, %v", raw, err)
	}

	stop()
	rest, err := io.ReadAll(out)
	if err != nil || len(rest) != 0 {
		t.Errorf("stdout goes on with %q, %v", rest, err)
	}
	if got := <-code; got != exitOK {
		t.Errorf("exit %d, want 0; stderr: %s", got, stderr.String())
	}
	if !strings.Contains(stderr.String(), "sts GetCallerIdentity") {
		t.Errorf("the verbose log is %q", stderr.String())
	}
	for _, addr := range []string{strings.TrimPrefix(control, "http://"), strings.TrimPrefix(edge, "http://"), dns} {
		if c, err := net.Dial("tcp", addr); err == nil {
			_ = c.Close()
			t.Errorf("%s still listens", addr)
		}
	}
}

func TestAnAddressThatIsTakenIsAClearMessage(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for flag, says := range map[string]string{"--addr": "listening for AWS clients", "--edge": "listening for viewers", "--dns": "listening for DNS"} {
		args := []string{"serve", "--addr", "127.0.0.1:0", "--edge", "127.0.0.1:0", "--dns", "127.0.0.1:0", flag, taken.Addr().String()}
		var stdout, stderr buffer
		if code := run(t.Context(), args, &stdout, &stderr); code != exitFailed {
			t.Errorf("%s: exit %d, want 1", flag, code)
		}
		if got := stderr.String(); !strings.Contains(got, says) || !strings.Contains(got, "address already in use") || stdout.String() != "" {
			t.Errorf("%s: stderr %q, stdout %q", flag, got, stdout.String())
		}
	}
}

func TestMistakesOnTheCommandLineAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		says string
	}{
		"another machine could connect": {[]string{"serve", "--addr", "0.0.0.0:0"}, "-insecure-listen"},
		"every address":                 {[]string{"serve", "--edge", ":0"}, "not a loopback address"},
		"a name":                        {[]string{"serve", "--dns", "example.com:53"}, "not a loopback address"},
		"no port":                       {[]string{"serve", "--edge", "127.0.0.1"}, "host:port"},
		"an unknown knob":               {[]string{"serve", "--knob", "no_such=1"}, "no knob is called"},
		"half a knob":                   {[]string{"serve", "--knob", "unowned_gap"}, "name=value"},
		"a short account":               {[]string{"serve", "--account", "123"}, "12 digits"},
		"no POPs":                       {[]string{"serve", "--pops", "0"}, "at least one"},
		"propagation of less than none": {[]string{"serve", "--propagation", "-1s"}, "below zero"},
		"an argument":                   {[]string{"serve", "now"}, "flags only"},
		"an unknown command":            {[]string{"start"}, "no command"},
		"nothing":                       {nil, "Usage"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr buffer
			if code := run(t.Context(), tt.args, &stdout, &stderr); code != exitUsage {
				t.Errorf("exit %d, want 2", code)
			}
			if !strings.Contains(stderr.String(), tt.says) || stdout.String() != "" {
				t.Errorf("stderr %q does not say %q, or stdout %q is not empty", stderr.String(), tt.says, stdout.String())
			}
		})
	}
}

func TestOperationsListsWhatIsServedAndWhatIsNot(t *testing.T) {
	t.Parallel()
	var stdout, stderr buffer
	if code := run(t.Context(), []string{"operations"}, &stdout, &stderr); code != exitOK || stderr.String() != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr.String())
	}
	for _, want := range []string{`(?m)^SERVICE +OPERATION +SERVED$`, `(?m)^cloudfront +UpdateDomainAssociation +yes$`, `(?m)^cloudfront +CreateVpcOrigin +no$`, `(?m)^sts +GetCallerIdentity +yes$`} {
		if !regexp.MustCompile(want).MatchString(stdout.String()) {
			t.Errorf("nothing matches %s in\n%s", want, stdout.String())
		}
	}
}
