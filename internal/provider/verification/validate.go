package verification

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
)

// Validate finds what is wrong with a gate under traffic without asking anybody.
func (g *Gate) Validate(at path.Path) diag.Diagnostics {
	var d diag.Diagnostics
	if g == nil {
		return d
	}
	if len(g.Probes)+len(g.Alarms)+len(g.Metrics) == 0 && g.MinimumRequests.IsNull() && g.Comparison == nil {
		d.Append(empty(at, "`probes`, `alarms`, `metrics`, `minimum_requests` or `comparison`"))
	}
	d.Append(g.validate(at, nil)...)
	return d
}

// Validate finds what is wrong with a gate about a side that has no viewers yet.
// taken are the names that the live side serves at that time.
func (g *Quiet) Validate(at path.Path, taken []string) diag.Diagnostics {
	var d diag.Diagnostics
	if g == nil {
		return d
	}
	if len(g.Probes)+len(g.Alarms)+len(g.Metrics) == 0 {
		d.Append(empty(at, "`probes`, `alarms` or `metrics`"))
	}
	for i, p := range g.Probes {
		if !p.ConnectTo.IsNull() {
			d.AddAttributeError(at.AtName("probes").AtListIndex(i).AtName("connect_to"), "A connection cannot choose the side before the move",
				"CloudFront picks the distribution by the Host header, wherever the connection goes: the live side would answer, and its health would be taken for the idle side's. "+
					"Remove `connect_to`, and give the side a `test_alias` if its own domain name is not good enough.")
		}
	}
	d.Append(g.validate(at, taken)...)
	return d
}

// Validate finds what is wrong with a gate under traffic without asking anybody.
func (g *Plain) Validate(at path.Path) diag.Diagnostics {
	var d diag.Diagnostics
	if g == nil {
		return d
	}
	if len(g.Probes)+len(g.Alarms)+len(g.Metrics) == 0 {
		d.Append(empty(at, "`probes`, `alarms` or `metrics`"))
	}
	d.Append(g.validate(at, nil)...)
	for i, m := range g.Metrics {
		at := at.AtName("metrics").AtListIndex(i)
		d.Append(m.validate(at)...)
		if m.Dimensions.IsNull() {
			d.Append(nobodys(at, m))
		}
	}
	return d
}

func nobodys(at path.Path, m MetricModel) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at.AtName("dimensions"), "The metric belongs to nobody",
		fmt.Sprintf("Nothing says whose %q it is. Write its dimensions.", m.Name.ValueString()))
}

func empty(at path.Path, what string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, "A gate without a condition", "`"+at.String()+"` would let everything pass. Write "+what+", or remove the gate.")
}

func (g *Quiet) validate(at path.Path, taken []string) diag.Diagnostics {
	d := g.Asked.validate(at, taken)
	for i, m := range g.Metrics {
		d.Append(m.validate(at.AtName("metrics").AtListIndex(i))...)
	}
	return d
}

func (g Asked) validate(at path.Path, taken []string) diag.Diagnostics {
	var d diag.Diagnostics
	for i, p := range g.Probes {
		at := at.AtName("probes").AtListIndex(i)
		switch {
		case p.URL.IsNull() && p.Path.IsNull():
			d.AddAttributeError(at, "A probe without a destination", "Write `path`, such as \"/health\", to ask the names this gate is about, or `url` for one URL.")
		case !p.URL.IsNull() && !p.Path.IsNull():
			d.AddAttributeError(at.AtName("url"), "A probe with two destinations", "`url` and `path` exclude each other. Remove one of them.")
		case !p.URL.IsNull():
			d.Append(validateURL(at.AtName("url"), p.URL.ValueString(), taken)...)
		}
		for name := range p.Headers.Elements() {
			if strings.EqualFold(name, "host") {
				d.AddAttributeError(at.AtName("headers").AtMapKey(name), "A probe cannot set the Host header",
					"CloudFront picks the distribution by it, so the probe could ask another side than the one this gate is about. Remove it; `path` asks the right names by itself.")
			}
		}
	}
	seen := map[string]bool{}
	for i, a := range g.Alarms {
		key := a.Region.ValueString() + "/" + a.Name.ValueString()
		if seen[key] {
			d.AddAttributeError(at.AtName("alarms").AtListIndex(i).AtName("name"), "The same alarm twice", fmt.Sprintf("%q is in the list already. Remove one of them.", a.Name.ValueString()))
		}
		seen[key] = true
	}
	return d
}

const (
	longestPeriod = 24 * time.Hour
)

func (m MetricModel) validate(at path.Path) diag.Diagnostics {
	var d diag.Diagnostics
	if m.Minimum.IsNull() && m.Maximum.IsNull() {
		d.AddAttributeError(at, "A metric without bounds", "Every value would pass. Write `minimum`, `maximum` or both.")
	}
	if !m.Minimum.IsNull() && !m.Maximum.IsNull() && m.Minimum.ValueFloat64() > m.Maximum.ValueFloat64() {
		d.AddAttributeError(at.AtName("minimum"), "No value lies within the bounds",
			fmt.Sprintf("`minimum` is %g and `maximum` is %g, so every datapoint would fail. Write a minimum below the maximum.", m.Minimum.ValueFloat64(), m.Maximum.ValueFloat64()))
	}
	if p := fwtypes.Length(m.Period, defaultPeriod); p < time.Minute || p%time.Minute != 0 || p > longestPeriod {
		d.AddAttributeError(at.AtName("period"), "Not a period of CloudWatch", fmt.Sprintf("%s is not a whole number of minutes up to a day. Write, for example, \"1m\".", p))
	}
	return d
}

func (m SideMetricModel) validate(at path.Path) diag.Diagnostics {
	d := m.MetricModel.validate(at)
	cloudFront := m.Namespace.IsNull() || m.Namespace.ValueString() == gate.CloudFrontNamespace
	switch {
	case m.Dimensions.IsNull() && !cloudFront:
		d.AddAttributeError(at.AtName("dimensions"), "The metric belongs to nobody", fmt.Sprintf("Only %s has metrics of a side. Write the dimensions of %q.", gate.CloudFrontNamespace, m.Name.ValueString()))
	case !m.Dimensions.IsNull() && !m.Of.IsNull():
		d.AddAttributeError(at.AtName("of"), "The metric belongs to two", "`dimensions` says whose metric it is, and so does `of`. Remove one of them.")
	case m.Dimensions.IsNull() && !m.Region.IsNull() && m.Region.ValueString() != gate.CloudFrontRegion:
		d.AddAttributeError(at.AtName("region"), "CloudFront has no metrics in that region", fmt.Sprintf("All of them are in %s, and %s has none. Remove `region`.", gate.CloudFrontRegion, m.Region.ValueString()))
	}
	return d
}

func validateURL(at path.Path, raw string, taken []string) diag.Diagnostics {
	var d diag.Diagnostics
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		d.AddAttributeError(at, "Not a URL", fmt.Sprintf("%q has no scheme or no host. Write it in full, such as \"https://www.example.com/health\".", raw))
		return d
	}
	for _, name := range taken {
		if strings.EqualFold(u.Hostname(), name) {
			d.AddAttributeError(at, "The probe would ask the live side",
				fmt.Sprintf("Before the move %s is served by the live side, so its answer says nothing about the idle one. Write `path` instead, which asks the idle side by its own name.", name))
		}
	}
	return d
}
