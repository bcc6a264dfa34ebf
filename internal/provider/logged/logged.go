// Package logged writes what an engineer on call reads: at DEBUG each call to AWS, at INFO
// each step of a run with why it is taken, and how the run ended, at TRACE what the step was
// decided from. It decides nothing and asks nobody.
//
// It will never write a body, the value of a header, a token or a message of AWS's, which
// may quote any of them. What it writes of an observation somebody has named, member by
// member, in a struct of the noun's own: what comes to be in an observation is not by itself
// in a log.
package logged

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
)

// A Level is the most that somebody reads.
type Level int

// The levels. The CLI filters what a provider writes, and a provider writes everything
// unless it is told otherwise; so what costs something to write down is left out from the
// beginning where nobody reads it.
const (
	Told  Level = iota // what the CLI shows of providers, as the environment says
	Off                // nothing; steps are written all the same, because they cost nothing
	Info               // steps, and how a run ended
	Debug              // calls
	Trace              // observations
)

// Or resolves Told, by the rules of Terraform and OpenTofu.
func (l Level) Or(getenv func(string) string) Level {
	if l != Told {
		return l
	}
	says := getenv("TF_LOG_PROVIDER")
	if says == "" {
		says = getenv("TF_LOG")
	}
	switch strings.ToUpper(says) {
	case "", "OFF":
		return Off
	case "ERROR", "WARN", "INFO":
		return Info
	case "DEBUG":
		return Debug
	}
	return Trace // and JSON; what they do not know they take for that, too
}

// Now is Or by the environment of this process.
func (l Level) Now() Level { return l.Or(os.Getenv) }

// variable is what the environment variables begin with that set the level of a subsystem:
// TF_LOG_PROVIDER_CDN_CLOUDFRONT. It is that of the provider as a whole, by terraform-plugin-go.
const variable = "TF_LOG_PROVIDER_CDN"

// Observations is the subsystem of what runs have seen.
const Observations = "observation"

// subsystems are those of calls, by service as the SDK calls it.
var subsystems = map[string]string{
	"ACM": "acm", "CloudFront": "cloudfront", "CloudFront KeyValueStore": "keyvaluestore", "CloudWatch": "cloudwatch",
	"Lambda": "lambda", "Route 53": "route53", "S3": "s3", "STS": "sts",
}

// Subsystems lists all of them.
func Subsystems() []string {
	return append(slices.Sorted(maps.Values(subsystems)), Observations)
}

// in is a context in which a subsystem writes, with what the request from the CLI is about.
// It is made where a line is written: so there is one in every request, whoever handles it.
func in(ctx context.Context, subsystem string) context.Context {
	return tflog.NewSubsystem(ctx, subsystem, tflog.WithRootFields(), tflog.WithLevelFromEnv(variable, subsystem))
}

// Calls writes calls; it is nil where nobody reads them.
func (l Level) Calls() func(context.Context, awsapi.Call) {
	if l < Debug {
		return nil
	}
	return call
}

func call(ctx context.Context, c awsapi.Call) {
	subsystem, ok := subsystems[c.Service]
	if !ok {
		subsystem = "aws"
	}
	line := map[string]any{"service": c.Service, "operation": c.Operation, "ms": c.Took.Milliseconds()}
	for field, value := range map[string]string{"id": c.ID, "error_code": c.Code, "error": c.Kind, "request_id": c.RequestID, "step": doing(ctx)} {
		if value != "" {
			line[field] = value
		}
	}
	for field, value := range map[string]int{"attempt": c.Attempt, "status": c.Status} {
		if value != 0 {
			line[field] = value
		}
	}
	tflog.SubsystemDebug(in(ctx, subsystem), subsystem, "AWS call", line)
}

// doing is the step that a call is made for, or the steps, where it is made for several; "".
func doing(ctx context.Context) string {
	var steps []string
	for _, caller := range awsapi.Callers(ctx) {
		if step := engine.Doing(caller); step != nil && !slices.Contains(steps, step.String()) { //nolint:contextcheck // of whom the call is made for
			steps = append(steps, step.String())
		}
	}
	return strings.Join(steps, "; ")
}

// Step writes that a step is taken, and why. about is what the run is about.
func Step(ctx context.Context, step fmt.Stringer, about map[string]any) {
	line := map[string]any{}
	if s, ok := step.(interface{ Why() string }); ok {
		line["why"] = s.Why()
	}
	tflog.Info(ctx, step.String(), about, line)
}

// End writes how a run ended: err is nil if it came to where it was to come, and cause is the
// kind of reason why it did not. Of what AWS answered it writes what leads to the line of the
// call.
func End(ctx context.Context, err error, cause string, about map[string]any) {
	if err == nil {
		tflog.Info(ctx, "the run came to its end", about)
		return
	}
	line := map[string]any{"cause": cause}
	if c, ok := awsapi.Refusal(err); ok {
		for field, value := range map[string]string{"service": c.Service, "operation": c.Operation, "error_code": c.Code, "error": c.Kind, "request_id": c.RequestID} {
			if value != "" {
				line[field] = value
			}
		}
	}
	tflog.Error(ctx, "the run ended early", about, line)
}

// Outcome writes what a cutover came to, its way back included.
func Outcome(ctx context.Context, result string) {
	tflog.Info(ctx, "the cutover is over", map[string]any{"result": result})
}

// Observation writes what a step was decided from, as JSON; nil steps are ends. show makes
// of it what may be shown, and is asked only where somebody reads it.
func (l Level) Observation(ctx context.Context, step fmt.Stringer, about map[string]any, show func() any) {
	if l < Trace {
		return
	}
	raw, err := json.Marshal(show())
	if err != nil {
		raw = []byte(`"it cannot be written down"`)
	}
	line := map[string]any{"observation": string(raw)}
	if step != nil {
		line["step"] = step.String()
	}
	tflog.SubsystemTrace(in(ctx, Observations), Observations, "seen", about, line)
}
