// Package verification is the shape of a gate in a configuration, the same for
// every resource that has one: its attributes, what can be wrong about them, and
// what package watch is to ask because of them. It asks nothing itself.
package verification

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/float64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
)

// Defaults that the documentation states and the gates use.
const (
	DefaultInterval     = "10s"
	DefaultProbeTimeout = "10s"

	defaultPeriod     = "1m"
	defaultStatistic  = "Average"
	defaultSamples    = 3
	defaultConfidence = 0.95
	defaultTolerance  = 1
	defaultCompared   = 1000
)

// Values of enumerated attributes.
const (
	Hold = "hold"
	Fail = "fail"
	Live = "live"
	Idle = "idle"
)

// A Kind says where a gate stands, which decides what it may ask.
type Kind struct {
	What string // the gate, for its page
	// UnderTraffic: the side the gate is about has viewers. Only then is there something
	// to count or to compare, and a connection may be sent anywhere.
	UnderTraffic bool
	// Distributions: the sides are CloudFront distributions, whose metrics have names.
	Distributions bool
}

// Attribute is a gate in a schema.
func Attribute(k Kind) schema.SingleNestedAttribute {
	attributes := map[string]schema.Attribute{
		"probes": schema.ListNestedAttribute{
			Optional:            true,
			Validators:          []validator.List{listvalidator.SizeAtLeast(1)},
			MarkdownDescription: "HTTP requests and what their answers must look like.",
			NestedObject:        schema.NestedAttributeObject{Attributes: probe(k)},
		},
		"alarms": schema.ListNestedAttribute{
			Optional:            true,
			Validators:          []validator.List{listvalidator.SizeAtLeast(1)},
			MarkdownDescription: "CloudWatch alarms, on metrics, on logs or composite, that must be `OK` at the end and must never be in `ALARM`. `INSUFFICIENT_DATA` is no evidence either way, and neither is the state of an alarm that CloudWatch is not evaluating (`EvaluationState`). An alarm that treats missing data as `notBreaching` is `OK` also where nobody was counted: ask for traffic beside it.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"name":   schema.StringAttribute{Required: true, Validators: []validator.String{stringvalidator.LengthBetween(1, 255)}, MarkdownDescription: "Name of the alarm."},
				"region": region(),
			}},
		},
		"metrics": schema.ListNestedAttribute{
			Optional:            true,
			Validators:          []validator.List{listvalidator.SizeAtLeast(1)},
			MarkdownDescription: "CloudWatch metrics whose every datapoint must lie within bounds while the gate is asked. Every period needs a datapoint; a missing one is no evidence, and leaves the gate inconclusive. CloudFront publishes none of a minute without requests: on a quiet site let `probes` ask often enough, write a longer `period`, or say with `minimum_datapoints` how many are enough.",
			NestedObject:        schema.NestedAttributeObject{Attributes: metric(k)},
		},
		"interval": fwtypes.Duration(DefaultInterval, "Time between two rounds of requests. CloudWatch is asked once a minute."),
		"failure_limit": schema.Int64Attribute{
			Optional: true, Computed: true, Default: int64default.StaticInt64(0),
			Validators:          []validator.Int64{int64validator.AtLeast(0)},
			MarkdownDescription: "How many requests of `probes` may fail in all before the gate does. Default `0`. They are exceptions: of each probe most requests must succeed, one of the last round among them.",
		},
		"on_inconclusive": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(Hold),
			Validators:          []validator.String{fwtypes.OneOf(Hold, Fail)},
			MarkdownDescription: "When nothing speaks against the side and nothing proves it: `hold` (default) stops where it is, `fail` counts as a failure. The apply fails either way.",
		},
	}
	if k.UnderTraffic && k.Distributions {
		attributes["minimum_requests"] = schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
			MarkdownDescription: "Requests of viewers that the side must have got while the gate was asked, by CloudWatch's count and without the gate's own. Fewer are no evidence.",
		}
		attributes["comparison"] = comparison()
	}
	return schema.SingleNestedAttribute{Optional: true, MarkdownDescription: k.What, Attributes: attributes}
}

func probe(k Kind) map[string]schema.Attribute {
	out := map[string]schema.Attribute{
		"url": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "What to ask for, `https://` or `http://`. Exactly one of `url` and `path`.",
		},
		"path": schema.StringAttribute{
			Optional:            true,
			Validators:          []validator.String{fwtypes.Path()},
			MarkdownDescription: "What to ask for at the names the gate is about: the idle side's own name before the move, every alias after it.",
		},
		"scheme": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("https"),
			Validators:          []validator.String{fwtypes.OneOf("https", "http")},
			MarkdownDescription: "Scheme for `path`. Default `https`.",
		},
		"headers": schema.MapAttribute{
			ElementType: types.StringType, Optional: true,
			MarkdownDescription: "Request headers. `Host` cannot be set: CloudFront would pick the distribution by it.",
		},
		"expected_status": schema.ListAttribute{
			ElementType: types.Int64Type, Optional: true,
			Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.ValueInt64sAre(int64validator.Between(100, 599))},
			MarkdownDescription: "Statuses that count as healthy. Default `[200]`. Redirects are not followed.",
		},
		"body_contains": schema.StringAttribute{Optional: true, MarkdownDescription: "A text the body must contain."},
		"body_matches": schema.StringAttribute{
			Optional: true, Validators: []validator.String{fwtypes.Regexp()},
			MarkdownDescription: "A regular expression (RE2) the body must match.",
		},
		"samples": schema.Int64Attribute{
			Optional: true, Computed: true, Default: int64default.StaticInt64(defaultSamples),
			Validators:          []validator.Int64{int64validator.Between(1, 100)},
			MarkdownDescription: "Requests in each round. Default `3`.",
		},
		"timeout": fwtypes.Duration(DefaultProbeTimeout, "How long one request may take."),
		"connect_to": schema.StringAttribute{
			Optional: true, Validators: []validator.String{fwtypes.HostPort()},
			MarkdownDescription: "`host:port` to connect to instead of resolving the name. Only after a move: before it, the name would be served by the live side wherever the connection goes.",
		},
	}
	if !k.UnderTraffic {
		out["connect_to"] = schema.StringAttribute{Optional: true, MarkdownDescription: "Not possible before a move: CloudFront goes by the Host header, so the live side would answer. Use `test_alias`."}
	}
	return out
}

var regionName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-\d$`)

func region() schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, Computed: true, Default: stringdefault.StaticString(gate.CloudFrontRegion),
		Validators:          []validator.String{stringvalidator.RegexMatches(regionName, "write the name of a region such as us-east-1")},
		MarkdownDescription: "Region. Default `us-east-1`, where CloudFront's are.",
	}
}

func metric(k Kind) map[string]schema.Attribute {
	out := map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Required: true, Validators: []validator.String{stringvalidator.LengthBetween(1, 255)},
			MarkdownDescription: "Name of the metric, such as `5xxErrorRate`.",
		},
		"namespace": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(gate.CloudFrontNamespace),
			MarkdownDescription: "Namespace. Default `AWS/CloudFront`.",
		},
		"dimensions": schema.MapAttribute{
			ElementType: types.StringType, Optional: true,
			MarkdownDescription: "Dimensions. Required outside `AWS/CloudFront`, whose default metrics are those of the side in `of`.",
		},
		"statistic": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(defaultStatistic),
			Validators: []validator.String{stringvalidator.RegexMatches(regexp.MustCompile(`^(Average|Sum|Minimum|Maximum|SampleCount|(p|tm|wm|tc|ts)\d{1,2}(\.\d+)?|p100|IQM)$`),
				"write Average, Sum, Minimum, Maximum, SampleCount or a percentile such as p99")},
			MarkdownDescription: "Statistic: `Average` (default), `Sum`, `Minimum`, `Maximum`, `SampleCount` or a percentile such as `p99`.",
		},
		"period":  fwtypes.Duration(defaultPeriod, "Length of a datapoint, in whole minutes."),
		"minimum": schema.Float64Attribute{Optional: true, MarkdownDescription: "The least a datapoint may be."},
		"minimum_datapoints": schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
			MarkdownDescription: "How many periods must have a datapoint, for metrics that are published only when something happens. Default: every one. The periods without one prove nothing then, and are not waited for.",
		},
		"maximum": schema.Float64Attribute{Optional: true, MarkdownDescription: "The most a datapoint may be."},
		"region":  region(),
	}
	if k.Distributions {
		out["of"] = schema.StringAttribute{
			Optional: true, Validators: []validator.String{fwtypes.OneOf(Live, Idle)},
			MarkdownDescription: "Whose metric: the side that is `live` while the gate is asked, or the `idle` one. Default: the side the gate is about.",
		}
	}
	return out
}

func comparison() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Compares the share of server errors (5xx) with the baseline's: one look, at the end of the bake. " +
			"*Worse* (Fisher's exact test) fails the gate, *not worse* by more than `tolerance` (Newcombe's interval from Wilson scores) passes it, and everything else is inconclusive.",
		Attributes: map[string]schema.Attribute{
			"confidence": schema.Float64Attribute{
				Optional: true, Computed: true, Default: float64default.StaticFloat64(defaultConfidence),
				Validators:          []validator.Float64{float64validator.Between(0.8, 0.9999)},
				MarkdownDescription: "Confidence of either statement, 0.8 to 0.9999. Default `0.95`: a side that is as good as the baseline is called worse in at most one of twenty bakes.",
			},
			"tolerance": schema.Float64Attribute{
				Optional: true, Computed: true, Default: float64default.StaticFloat64(defaultTolerance),
				Validators:          []validator.Float64{float64validator.Between(0.001, 50)},
				MarkdownDescription: "Percentage points by which the error rate may exceed the baseline's. Default `1`. The smaller, the more requests it takes to prove anything.",
			},
			"minimum_requests": schema.Int64Attribute{
				Optional: true, Computed: true, Default: int64default.StaticInt64(defaultCompared),
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
				MarkdownDescription: "Requests that each side must have got. Default `1000`.",
			},
			"stop_at": schema.Float64Attribute{
				Optional: true, Validators: []validator.Float64{float64validator.Between(0.001, 100)},
				MarkdownDescription: "Error rate, in percent, at which the bake is given up on the way, whatever the baseline does.",
			},
		},
	}
}
