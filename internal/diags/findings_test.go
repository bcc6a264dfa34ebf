package diags_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/preflight"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
)

// found is a finding of a check with everything it may have.
func found(check preflight.Check) preflight.Finding {
	return preflight.Finding{
		Check: check, Severity: preflight.Warning, Side: "green", Name: www, Found: "FOUND", Live: "example.com",
		Until: time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC),
	}
}

// findings words every check of the source, so that a new one without words fails here.
func findings(t *testing.T) []cause {
	t.Helper()
	checks := constants[preflight.Check](t, "preflight", "Check")
	if len(checks) < 20 {
		t.Fatalf("only %d checks were found", len(checks))
	}
	spec, _ := world("E1BLUE", "E1BLUE")
	said := func(name string, f preflight.Finding) cause {
		w := diags.Found(spec, f)
		return cause{name, diag.NewErrorDiagnostic(w.Summary, w.Detail), true}
	}
	var out []cause
	for _, check := range checks {
		f, name, less := found(check), string(check), found(check)
		less.Found = ""
		switch check {
		case preflight.WildcardCatches:
			name = "catches"
			out = append(out, said("may catch", less))
		case preflight.SettingsDiffer:
			out = append(out, said("setting missing", less))
		case preflight.Check(switchover.CertificateInvalid):
			expired := f
			expired.Live = "ISSUED"
			out = append(out, said(name, expired))
		default: // has one shape
		}
		out = append(out, said(name, f))
	}
	for _, kind := range kinds(t) {
		for _, o := range obstacles(kind) {
			if o.Gate() {
				continue
			}
			name := string(kind)
			if kind == switchover.WrongZone && o.Found == "" {
				name = "no zone"
			}
			f := found(preflight.Check(kind))
			f.Obstacle = o
			out = append(out, said(name, f))
		}
	}
	return out
}

func TestEveryCheckHasWordsThatSayWhatWasFound(t *testing.T) {
	t.Parallel()
	spec, _ := world("E1BLUE", "E1BLUE")
	unknown := diags.Found(spec, found("of next year"))
	for _, check := range constants[preflight.Check](t, "preflight", "Check") {
		w := diags.Found(spec, found(check))
		if w.Summary == unknown.Summary {
			t.Errorf("there are no words for %s", check)
		}
		if strings.Contains(w.Detail, "\n") {
			t.Errorf("%s has more than one paragraph: %s", check, w.Detail)
		}
		if w.Attribute == "" && check != preflight.NotPermitted {
			t.Errorf("%s points at no attribute", check)
		}
	}
}

func TestAReportHasEveryFindingInIt(t *testing.T) {
	t.Parallel()
	spec, _ := world("E1BLUE", "E1BLUE")
	a, b := diags.Found(spec, found(preflight.Unowned)), diags.Found(spec, found(preflight.NoRecord))
	report := diags.Report([]diags.Finding{a, b})
	for _, want := range []string{a.Summary, a.Detail, b.Summary, b.Detail} {
		if !strings.Contains(report, want) {
			t.Errorf("the report does not say %q:\n%s", want, report)
		}
	}
	if got := diags.Report(nil); got != "" {
		t.Errorf("nothing was found, and the report says %q", got)
	}
}
