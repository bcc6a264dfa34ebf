package diags_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

const www = "www.example.com"

// then is when somebody looked, or wrote.
var then = time.Date(2026, 11, 28, 3, 12, 4, 0, time.UTC)

// seen is an observation that is as new as can be.
func seen[O any](obs O) run.Sight[O] { return run.Looked(then, obs) }

// stopped is what every kind of run has in common.
type stopped = diags.Stop[switchover.Spec, switchover.Observation]

// known is what a stop says of viewers.
func known(s diags.SwitchStop) run.Traffic {
	return s.Sight.Traffic(func(o switchover.Observation) cutover.Traffic { return o.Traffic(s.Spec) })
}

// world is a switch to green with its names on the distributions given.
func world(owners ...string) (switchover.Spec, switchover.Observation) {
	spec := switchover.Spec{
		Asked: switchover.Asked{
			Names: []string{"a.example.com", www}, Live: "green", Sides: map[cutover.Side]string{"blue": "E1BLUE", "green": "E2GREEN"},
			Zones: []switchover.Zone{{Domain: "example.com", ID: "Z1ZONE"}},
		},
	}
	obs := switchover.Observation{Seen: switchover.Seen{Sides: map[cutover.Side]switchover.Distribution{}, Elsewhere: map[string]string{}, Asking: "E2GREEN"}}
	for side, id := range spec.Sides {
		d := switchover.Distribution{ID: id, Domain: strings.ToLower(id) + ".cloudfront.net", Enabled: true, Deployed: true}
		for i, owner := range owners {
			if owner == id {
				d.Aliases = append(d.Aliases, spec.Names[i])
			}
		}
		obs.Sides[side] = d
	}
	for i, owner := range owners {
		if _, side := spec.SideOf(owner); !side {
			obs.Elsewhere[spec.Names[i]] = owner
		}
	}
	return spec, obs
}

// A cause is one situation and how it is worded.
type cause struct {
	name string // unique; situations of one name share a summary
	said diag.Diagnostic
	// unplaced: nobody has looked at AWS, so where traffic goes cannot be said.
	unplaced bool
}

func failure(kind error) error {
	return &awsapi.Error{Doing: "moving www.example.com to E2GREEN", Kind: kind, Err: errors.New("SomeCode: because (request 1234)")}
}

// kinds lists the kinds of obstacle from the source, so that a new one without
// words fails here.
func kinds(t *testing.T) []switchover.Kind {
	t.Helper()
	out := constants[switchover.Kind](t, "switchover", "Kind")
	if len(out) < 11 {
		t.Fatalf("only %d kinds of obstacle were found", len(out))
	}
	return out
}

// constants lists the values of a type in a package of internal/cutover.
func constants[T ~string](t *testing.T, pkg, name string) []T {
	t.Helper()
	var out []T
	for _, file := range parse(t, filepath.Join("..", "cutover", pkg)) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == name {
				value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, T(value))
			}
			return true
		})
	}
	return out
}

func parse(t *testing.T, dir string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var out []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, file)
	}
	return out
}

func fromBlue(s diags.SwitchStop) diags.SwitchStop {
	s.From = "blue"
	return s
}

func causes(t *testing.T) []cause {
	t.Helper()
	stop := func(err error) diags.SwitchStop {
		spec, obs := world("E1BLUE", "E1BLUE")
		return diags.SwitchStop{Stop: stopped{Spec: spec, Sight: seen(obs), Err: err, Reason: "https://www.example.com/ answered 503, expected 200"}}
	}
	halfway := stop(failure(awsapi.ErrAmbiguous))
	halfway.Sight = seen(second(world("E2GREEN", "E1BLUE")))
	halfway.Sight.Last = &run.Write{Step: "moving a.example.com from E1BLUE to E2GREEN", At: then}
	created, back := stop(nil), stop(nil)
	created.Created, back.Back = true, true
	createdBack := back
	createdBack.Created = true
	overlap := stop(failure(awsapi.ErrRefused))
	overlap.Spec.Method = switchover.WildcardOverlap
	moving := stop(failure(awsapi.ErrRefused))
	moving.Spec.Method = switchover.DomainAssociation
	associate := stop(failure(awsapi.ErrRefused))
	associate.Spec.Method = switchover.AssociateAlias
	out := []cause{
		{"interrupted", diags.Interrupted(stop(context.Canceled)), false},
		{"interrupted", diags.Interrupted(created), false},
		{"interrupted on the way back", diags.Interrupted(back), false},
		{"interrupted on the way back", diags.Interrupted(createdBack), false},
		{"deadline", diags.Stopped(stop(&engine.Deadline{Budget: time.Hour, While: "waiting"})), false},
		{"deadline", diags.Stopped(stop(fmt.Errorf("x: %w", &engine.Deadline{Budget: time.Hour, While: "waiting", Err: failure(awsapi.ErrDenied)}))), false},
		{"credentials", diags.Stopped(stop(failure(awsapi.ErrCredentials))), false},
		{"denied", diags.Stopped(stop(failure(awsapi.ErrDenied))), false},
		{"unreachable", diags.Stopped(stop(failure(awsapi.ErrUnreachable))), false},
		{"unknown element", diags.Stopped(stop(fmt.Errorf("adding: %w: the configuration has FutureSetting", awsapi.ErrUnknownElement))), false},
		{"no progress", diags.Stopped(stop(engine.ErrNoProgress)), false},
		{"taken", diags.Stopped(stop(failure(awsapi.ErrTaken))), false},
		{"refused", diags.Stopped(moving), false},
		{"refused", diags.Stopped(associate), false},
		{"stopped", diags.Stopped(overlap), false},
		{"stopped", diags.Stopped(stop(failure(awsapi.ErrAmbiguous))), false},
		{"stopped", diags.Stopped(stop(errors.New("something else"))), false},
		{"stopped half-way", diags.Stopped(halfway), false},
		{"both sick", diags.BothUnhealthy(fromBlue(stop(nil)), "blue answered 500"), false},
		{"rolled back", diags.RolledBack(fromBlue(stop(nil))), false},
		{"rolled back", diags.RolledBack(fromBlue(created)), false},
		{"rollback failed", diags.RollbackFailed(fromBlue(stop(nil)), failure(awsapi.ErrRefused)), false},
		{"latched", diags.Latched(known(stop(nil)), "green", "it answered 503", "blue", true), false},
		{"latched", diags.Latched(known(stop(nil)), "green", "it answered 503", "blue", false), false},
		{"not invalidated", diags.NotInvalidated(stop(nil), failure(awsapi.ErrDenied)), false},
		{"invalidating", diags.StillInvalidating(stop(nil), "I1"), false},
		{"invalidation unseen", diags.InvalidationUnseen(stop(nil), "I1", failure(awsapi.ErrDenied)), false},
		{"invalidation unseen", diags.InvalidationUnseen(stop(nil), "I1", failure(awsapi.ErrAmbiguous)), false},
		{"unfamiliar", diags.Unfamiliar("E2GREEN", []string{"Origins/site/Novelty"}), true},
		{"unfamiliar", diags.Unfamiliar("E2GREEN", nil), true},
		{"unfamiliar pair", diags.PairUnfamiliar("E1", "E2", []string{"Origins/site/Novelty"}), true},
		{"catches", diags.Catches([]string{"*.example.com"}, map[string][]string{"*.example.com": {"b.example.com"}})[0], true},
		{"may catch", diags.Catches([]string{"*.example.com"}, nil)[0], true},
		{"retained", diags.DestroyOfSwitch(stop(nil).Spec).Planned([]string{www}, nil, nil)[0], true},
		{"deleted live", diags.DestroyOfSwitch(stop(nil).Spec).Planned(nil, []string{www}, nil)[0], true},
		{"would be served", diags.DestroyOfSwitch(stop(nil).Spec).Planned(nil, nil, []string{www})[0], true},
		{string(switchover.Served), diags.StillServed(stop(nil).Spec, &switchover.Obstacle{Kind: switchover.Served, Side: "blue", Name: www, Found: "E1BLUE"}, false), true},
		{"unasked", diags.StillServed(stop(nil).Spec, &switchover.Obstacle{Kind: switchover.Served, Name: www, Found: "?"}, false), true},
		{"handed on", diags.HandedOn(map[string]string{www: "eu.example.com"})[0], true},
		{"owners unasked", diags.OwnersUnasked(map[string]string{www: "AccessDenied: no"}), true},
		{"replacement", diags.DestroyOfSwitch(stop(nil).Spec).ReplacementKeeps("example.com"), true},
		{"kept elsewhere", diags.KeptElsewhere("The staging distribution", "E9THIRD"), true},
		{"renamed while latched", diags.RenamedWhileLatched(run.Recorded(stop(nil).Sight.Obs.Traffic(stop(nil).Spec)), "blue", "b"), true},
		{"stripped", diags.Stripped(stop(nil).Spec, stop(nil).Sight.Obs, map[string]string{www: "E1BLUE"}), true},
		{"refresh failed", diags.ReadFailed("The switch", failure(awsapi.ErrDenied)), true},
		{"delete failed", diags.DestroyOfSwitch(stop(nil).Spec).Failed(failure(awsapi.ErrThrottled)), true},
		{"dark and destroyed", diags.DestroyOfSwitch(stop(nil).Spec).Ends(stop(nil).Spec, []cutover.Side{"blue"}, map[string][]string{"_cdn-cutover." + www: {"disables d1.cloudfront.net"}}), true},
		{"destroy stopped in the dark", diags.DestroyOfSwitch(stop(nil).Spec).Unfinished(stop(nil).Spec, []cutover.Side{"blue"}, map[string][]string{"_cdn-cutover." + www: {"disables d1.cloudfront.net"}}, failure(awsapi.ErrDenied)), true},
		{"no credentials", diags.NoCredentials(errors.New("no EC2 IMDS role found")), true},
		{"not configured", diags.NotConfiguredYet(), true},
		{"credentials", diags.NotAsked(failure(awsapi.ErrCredentials)), true},
		{"may not read", diags.NotAsked(failure(awsapi.ErrDenied)), true},
		{"unreachable", diags.NotAsked(failure(awsapi.ErrUnreachable)), true},
		{"not listed", diags.NotListed("Some sites", []diags.Passed{{What: "shop", Why: "both sides have names"}}), true},
		{"throttled", diags.NotAsked(failure(awsapi.ErrThrottled)), true},
		{"throttled", diags.Stopped(stop(failure(awsapi.ErrThrottled))), false},
		{"no answer", diags.NotAsked(failure(awsapi.ErrAmbiguous)), true},
		{string(switchover.TargetMissing), diags.NoDistribution(path.Root("id"), "E9THIRD"), true},
		{"nothing asked", diags.NothingAsked("live"), true},
		{"two questions", diags.TwoQuestions("continuous_deployment", "live"), true},
		{"not vouched for", diags.NotVouchedFor(path.Root("distribution_id"), www, "E9THIRD", failure(awsapi.ErrRefused)), true},
		{"no credentials", diags.Stopped(stop(failure(awsapi.ErrNoCredentials))), false},
		{"expired", diags.Stopped(stop(failure(awsapi.ErrExpired))), false},
		{"expired", diags.Stopped(halfwayExpired(halfway)), false},
		{"expired", diags.NoCredentials(failure(awsapi.ErrExpired)), true},
	}
	out = append(out, findings(t)...)
	out = append(out, settings()...)
	out = append(out, approvals()...)
	out = append(out, releases(t)...)
	out = append(out, ramps(t)...)
	for _, kind := range kinds(t) {
		for _, o := range obstacles(kind) {
			name := string(kind)
			if o.Gate() {
				name += " " + string(o.Evidence)
			}
			if kind == switchover.WrongZone && o.Found == "" {
				name = "no zone"
			}
			out = append(out, cause{name, diags.Stopped(stop(fmt.Errorf("deciding: %w", o))), false})
			if !o.Gate() {
				out = append(out, cause{name, diags.InTheWay(stop(nil), o), false})
				continue
			}
			s := halfway
			s.Err = o
			out = append(out, cause{name, diags.Unhealthy(s, o), false})
		}
	}
	out = append(out, behaviors(t, out)...)
	return append(out, splits(t, out)...)
}

func halfwayExpired(s diags.SwitchStop) diags.SwitchStop {
	s.Err = failure(awsapi.ErrExpired)
	return s
}

func second(_ switchover.Spec, obs switchover.Observation) switchover.Observation { return obs }

// obstacles are the shapes in which a kind comes.
func obstacles(kind switchover.Kind) []*switchover.Obstacle {
	o := switchover.Obstacle{Kind: kind, Side: "green", Name: www, Found: "E9THIRD"}
	with := func(change func(*switchover.Obstacle)) *switchover.Obstacle {
		out := o
		change(&out)
		return &out
	}
	switch {
	case o.Gate():
		return []*switchover.Obstacle{
			with(func(o *switchover.Obstacle) { o.Evidence = cutover.Unhealthy }), with(func(o *switchover.Obstacle) { o.Evidence = cutover.Inconclusive }),
		}
	case kind == switchover.NotCovered, kind == switchover.WrongZone:
		return []*switchover.Obstacle{&o, with(func(o *switchover.Obstacle) { o.Found = "" })}
	default:
		return []*switchover.Obstacle{&o}
	}
}

var identifiers = regexp.MustCompile(`\b(E[0-9][A-Z0-9]+|Z[0-9][A-Z0-9]+|arn:)|\.(com|net)\b|\bblue\b|\bgreen\b`)

func TestASummaryIsOnePlainSentence(t *testing.T) {
	t.Parallel()
	for _, c := range causes(t) {
		s := c.said.Summary()
		switch {
		case s == "", s[:1] != strings.ToUpper(s[:1]):
			t.Errorf("%s: %q does not begin like a sentence", c.name, s)
		case strings.HasSuffix(s, "."), strings.Contains(s, ". "), strings.Contains(s, "\n"):
			t.Errorf("%s: %q is more than one sentence, or ends with a full stop", c.name, s)
		case strings.HasPrefix(s, "Error"), strings.HasPrefix(s, "Failed to"), strings.HasPrefix(s, "Unable to"):
			t.Errorf("%s: %q says that something failed before it says what", c.name, s)
		case identifiers.MatchString(s):
			t.Errorf("%s: %q cannot be searched for: it names %q", c.name, s, identifiers.FindString(s))
		case len(s) > 80:
			t.Errorf("%s: %q is too long", c.name, s)
		}
	}
}

func TestASummaryHasOneCause(t *testing.T) {
	t.Parallel()
	summaries, names := map[string]string{}, map[string]string{}
	for _, c := range causes(t) {
		s := c.said.Summary()
		if other, ok := names[s]; ok && other != c.name {
			t.Errorf("%q is said about %s and about %s", s, other, c.name)
		}
		if other, ok := summaries[c.name]; ok && other != s {
			t.Errorf("%s is called %q and %q", c.name, other, s)
		}
		summaries[c.name], names[s] = s, c.name
	}
}

// At three in the morning the first question is where the users are.
func TestADetailBeginsWithWhereTrafficIs(t *testing.T) {
	t.Parallel()
	for _, c := range causes(t) {
		d := c.said.Detail()
		first, _, _ := strings.Cut(d, "\n\n")
		if !c.unplaced && !strings.Contains(first, "raffic goes ") && !strings.Contains(first, "raffic went ") && !strings.Contains(first, "raffic of a.example.com goes to") {
			t.Errorf("%s begins with %q", c.name, first)
		}
		for _, wrong := range []string{"%!", "<nil>", "\n\n\n", "  \n", ". .", ".."} {
			if strings.Contains(d, wrong) {
				t.Errorf("%s has %q in it:\n%s", c.name, wrong, d)
			}
		}
		if !strings.HasSuffix(d, ".") || strings.HasPrefix(d, "\n") {
			t.Errorf("%s does not end with a sentence:\n%s", c.name, d)
		}
	}
}

func TestADetailSaysWhatAWSSaid(t *testing.T) {
	t.Parallel()
	for _, c := range causes(t) {
		if slices.Contains([]string{"credentials", "denied", "expired", "unreachable", "taken", "refused", "stopped half-way", "rollback failed", "refresh failed", "delete failed"}, c.name) &&
			!strings.Contains(c.said.Detail(), "moving www.example.com to E2GREEN: SomeCode: because (request 1234)") {
			t.Errorf("%s hides what AWS said:\n%s", c.name, c.said.Detail())
		}
	}
}

func TestEveryKindOfObstacleHasWordsOfItsOwn(t *testing.T) {
	t.Parallel()
	spec, obs := world("E1BLUE", "E1BLUE")
	unknown := diags.Stopped(diags.SwitchStop{Stop: stopped{Spec: spec, Sight: seen(obs), Err: &switchover.Obstacle{Kind: "of next year"}}}).Summary()
	for _, kind := range kinds(t) {
		for _, o := range obstacles(kind) {
			d := diags.Stopped(diags.SwitchStop{Stop: stopped{Spec: spec, Sight: seen(obs), Err: o}})
			if d.Summary() == unknown {
				t.Errorf("there are no words for %s", kind)
			}
			if _, ok := d.(diag.DiagnosticWithPath); !ok {
				t.Errorf("%s points at no attribute", kind)
			}
			if d.Severity() != diag.SeverityError {
				t.Errorf("%s is no error", kind)
			}
			if o.Found != "" && !o.Gate() && kind != switchover.TargetStaging && !strings.Contains(d.Detail(), o.Found) {
				t.Errorf("%s does not say what was found:\n%s", kind, d.Detail())
			}
		}
	}
}

// The functions that word something, from the source: each is looked at above.
func TestEveryWordingIsLookedAt(t *testing.T) {
	t.Parallel()
	var exported []string
	for _, file := range parse(t, ".") {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() || f.Recv != nil || f.Type.Results == nil {
				continue
			}
			if sel, ok := f.Type.Results.List[0].Type.(*ast.SelectorExpr); ok && sel.Sel.Name == "Diagnostic" {
				exported = append(exported, f.Name.Name)
			}
		}
	}
	looked := append([]string{
		"BothUnhealthy", "InTheWay", "Interrupted", "InvalidationUnseen", "KeptElsewhere", "Latched", "NoCredentials", "NoDistribution", "NotAsked", "NotConfiguredYet", "NotListed",
		"NotInvalidated", "NotVouchedFor", "NothingAsked", "OwnersUnasked", "ReadFailed", "RenamedWhileLatched", "RollbackFailed", "RolledBack", "StillInvalidating", "StillServed", "Stopped", "Stripped", "TwoQuestions", "Unhealthy",
		"DeploymentInTheWay", "Follows", "PairUnfamiliar", "RoutesOtherwise", "Unfamiliar", "NotRemoved", "Unfinished",
	}, slices.Concat(settingWords, approvalWords, releaseWords, rampWords, behaviorWords, splitWords, purgeWords, unfinishedWords)...)
	slices.Sort(exported)
	slices.Sort(looked)
	if !slices.Equal(exported, looked) {
		t.Errorf("the package words %v, and the tests look at %v", exported, looked)
	}
}

func TestTrafficSaysWhereViewersAre(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		owners []string
		want   string
	}{
		{[]string{"E1BLUE", "E1BLUE"}, "Traffic goes to blue (E1BLUE)."},
		{[]string{"E2GREEN", "E2GREEN"}, "Traffic goes to green (E2GREEN)."},
		{[]string{"E9THIRD", "E9THIRD"}, "Traffic goes to E9THIRD."},
		{[]string{"", ""}, "Traffic of a.example.com, www.example.com goes nowhere: no distribution has it."},
		{[]string{"E1BLUE", "E2GREEN"}, "Traffic of a.example.com goes to blue (E1BLUE). Traffic of www.example.com goes to green (E2GREEN)."},
		{[]string{"", "E2GREEN"}, "Traffic of a.example.com goes nowhere: no distribution has it. Traffic of www.example.com goes to green (E2GREEN)."},
		{[]string{"E9THIRD", ""}, "Traffic of a.example.com goes to E9THIRD. Traffic of www.example.com goes nowhere: no distribution has it."},
	} {
		spec, obs := world(c.owners...)
		if got := diags.Traffic(known(diags.SwitchStop{Stop: stopped{Spec: spec, Sight: seen(obs)}})); got != c.want {
			t.Errorf("%v:\n got %s\nwant %s", c.owners, got, c.want)
		}
	}
	spec, obs := world()
	spec.Names = []string{"a", "b", "c", "d", "e"}
	if got, want := diags.Traffic(known(diags.SwitchStop{Stop: stopped{Spec: spec, Sight: seen(obs)}})), "Traffic of a, b, c and 2 more goes nowhere: no distribution has it."; got != want {
		t.Errorf("many names: got %s, want %s", got, want)
	}
}

// What was not seen is not said: after a write that nobody could look at, what was seen
// before it is in the past, and the write is named.
func TestTrafficIsSaidToBeWhereItWasSeenAndNoNewerThanThat(t *testing.T) {
	t.Parallel()
	spec, obs := world("E1BLUE", "E1BLUE")
	green := obs.Sides["blue"]
	green.Deployed = false
	_, spreading := world("E1BLUE", "E1BLUE")
	spreading.Sides["blue"] = green
	_, disabled := world("E1BLUE", "E1BLUE")
	off := disabled.Sides["blue"]
	off.Enabled = false
	disabled.Sides["blue"] = off
	_, away := world("E1BLUE", "E1BLUE")
	away.Records = map[string][]switchover.Record{www: {{Name: www, Type: "A", Values: []string{"192.0.2.1"}}}}
	write := &run.Write{Step: "moving www.example.com from E1BLUE to E2GREEN", At: then}
	unsure := *write
	unsure.Unsure = true
	for _, c := range []struct {
		name  string
		sight run.Sight[switchover.Observation]
		want  string
	}{
		{"nobody has looked", run.Sight[switchover.Observation]{}, "Nobody could look at where traffic goes. This run has written nothing."},
		{"seen after the last write", run.Sight[switchover.Observation]{Obs: obs, At: then, Last: write, Fresh: true}, "Traffic goes to blue (E1BLUE)."},
		{"it spreads", seen(spreading), "Traffic goes to blue (E1BLUE). Some edge locations may not know that yet, and send viewers where they went before."},
		{"the owner is disabled", seen(disabled), "Traffic goes to blue (E1BLUE), which is disabled and answers nobody."},
		{"a record leads elsewhere", seen(away), "Traffic of a.example.com goes to blue (E1BLUE). Traffic of www.example.com goes to 192.0.2.1, by its DNS record."},
		{"no look after the write", run.Sight[switchover.Observation]{Obs: obs, At: then, Last: write}, "Nobody could look since the last write, at 2026-11-28T03:12:04Z: moving www.example.com from E1BLUE to E2GREEN. Before it, traffic went to blue (E1BLUE)."},
		{"nor an answer to it", run.Sight[switchover.Observation]{Obs: obs, At: then, Last: &unsure}, "Nobody could look since the last write, at 2026-11-28T03:12:04Z: moving www.example.com from E1BLUE to E2GREEN. Its answer was lost, so AWS may have made that change or not. Before it, traffic went to blue (E1BLUE)."},
		{"no look in the end", run.Sight[switchover.Observation]{Obs: obs, At: then, Fresh: true, Blind: errors.New("x")}, "When this run could last look, at 2026-11-28T03:12:04Z, traffic went to blue (E1BLUE). It has written nothing."},
		{"no look in the end, after a write", run.Sight[switchover.Observation]{Obs: obs, At: then, Last: write, Fresh: true, Blind: errors.New("x")}, "When this run could last look, at 2026-11-28T03:12:04Z, traffic went to blue (E1BLUE). It has written nothing since."},
	} {
		if got := diags.Traffic(known(diags.SwitchStop{Stop: stopped{Spec: spec, Sight: c.sight}})); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
	if got, want := diags.Traffic(run.Recorded(obs.Traffic(spec))), "When state was last brought up to date, traffic went to blue (E1BLUE)."; got != want {
		t.Errorf("from state:\n got %s\nwant %s", got, want)
	}
}

// What the next apply does depends on whether state was left behind.
func TestADetailSaysWhatTheNextApplyDoes(t *testing.T) {
	t.Parallel()
	spec, obs := world("E1BLUE", "E1BLUE")
	for created, want := range map[bool]string{false: "State records what AWS shows.", true: "Nothing is recorded in state."} {
		s := diags.SwitchStop{Stop: stopped{Spec: spec, Sight: seen(obs), Err: failure(awsapi.ErrThrottled), Created: created}}
		for _, d := range []diag.Diagnostic{diags.Stopped(s), diags.Interrupted(s), diags.Unhealthy(s, &switchover.Obstacle{Kind: switchover.GateAfter, Evidence: cutover.Unhealthy})} {
			if !strings.Contains(d.Detail(), want) {
				t.Errorf("created %v: %q lacks %q", created, d.Detail(), want)
			}
		}
	}
}

// A run may begin half-way: then it is not true that nothing has moved.
func TestAFailedGateSaysNothingHasMovedOnlyWhereThatIsTrue(t *testing.T) {
	t.Parallel()
	for owner, want := range map[string]bool{"E1BLUE": true, "E2GREEN": false} {
		spec, obs := world("E1BLUE", owner)
		for _, e := range []cutover.Evidence{cutover.Unhealthy, cutover.Inconclusive} {
			d := diags.Unhealthy(diags.SwitchStop{Stop: stopped{Spec: spec, Sight: seen(obs)}}, &switchover.Obstacle{Kind: switchover.GateBefore, Evidence: e})
			if got := strings.Contains(d.Detail(), "Nothing has moved."); got != want {
				t.Errorf("with %s on %s: says so %v, want %v:\n%s", www, owner, got, want, d.Detail())
			}
		}
	}
}

// A plan only warns: the plan may be the very thing that changes it.
func TestWhatIsInTheWayOfAPlanIsAWarning(t *testing.T) {
	t.Parallel()
	spec, obs := world("E1BLUE", "E1BLUE")
	o := &switchover.Obstacle{Kind: switchover.TargetDisabled, Side: "green", Found: "E2GREEN"}
	s := diags.SwitchStop{Stop: stopped{Spec: spec, Sight: seen(obs), Err: o}}
	warning, failed := diags.InTheWay(s, o), diags.Stopped(s)
	if warning.Severity() != diag.SeverityWarning || warning.Summary() != failed.Summary() {
		t.Errorf("%s %q, and at apply %s %q", warning.Severity(), warning.Summary(), failed.Severity(), failed.Summary())
	}
	w, f := warning.(diag.DiagnosticWithPath), failed.(diag.DiagnosticWithPath)
	if !w.Path().Equal(f.Path()) {
		t.Errorf("at plan it points at %s, at apply at %s", w.Path(), f.Path())
	}
	if !strings.Contains(warning.Detail(), "This is how AWS was when the plan was made.") {
		t.Errorf("it does not say as of when:\n%s", warning.Detail())
	}
}

func TestTheDeadlineComesBeforeWhatUsedUpTheTime(t *testing.T) {
	t.Parallel()
	spec, obs := world("E1BLUE", "E1BLUE")
	d := diags.Stopped(diags.SwitchStop{Stop: stopped{Spec: spec, Sight: seen(obs), Err: &engine.Deadline{Budget: time.Hour, While: "waiting until green is deployed", Err: failure(awsapi.ErrUnreachable)}}})
	for _, want := range []string{"The 1h0m0s allowed for this ran out while waiting until green is deployed", "SomeCode: because (request 1234)"} {
		if !strings.Contains(d.Detail(), want) {
			t.Errorf("it does not say %q:\n%s", want, d.Detail())
		}
	}
	if p, ok := d.(diag.DiagnosticWithPath); !ok || p.Path().String() != "timeouts" {
		t.Errorf("it does not point at timeouts: %v", d)
	}
}
