package matrix

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"hash/fnv"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A Mutant is this provider with one safety removed. The change is made to a copy
// of one function while the tests are compiled, so that the product itself has no switch
// that turns a safety off.
type Mutant struct {
	Name string
	File string // relative to the module's root
	Old  string // must occur exactly once, in a function
	With string
	// Caught names the test that has to fail, in the package that calls Catch. It
	// passes without the mutation, in the same run of `make test`.
	Caught string
	// Viewers names the situation in which `make bench` counts what viewers get of
	// it; empty: a plain cutover.
	Viewers string
	// Seen says that they get less there than of the provider itself. Where it is
	// false the harm is of another kind: to a colleague's edit, to the state.
	Seen bool
}

// Catch runs, against each mutant, the test that has to catch it, up to the first of its
// cells that fails: a matrix of which one does has caught the mutant, whatever the others say.
// make test takes a third of the mutants, of each of which a provider is compiled and linked.
func Catch(t *testing.T, mutants ...Mutant) {
	t.Helper()
	share := Share{Of: 3}
	mutants = slices.DeleteFunc(slices.Clone(mutants), func(m Mutant) bool { return !share.Takes(t, m.Name) })
	t.Cleanup(func() { t.Logf("mutants: %s", &share) })
	if len(mutants) == 0 {
		return
	}
	compiled := Compile(t, mutants...)
	for _, m := range mutants {
		t.Run(m.Name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			caught := &finding{what: "--- FAIL: " + m.Caught, found: cancel}
			cmd := compiled.command(ctx, m, "-test.v", "-test.timeout=5m", "-test.run=^"+m.Caught+"$")
			cmd.Stdout, cmd.Stderr, cmd.WaitDelay = caught, caught, time.Second // a child of its may have its output
			err := cmd.Run()
			switch out := caught.out.String(); {
			case caught.is:
				_, by, _ := strings.Cut(out, caught.what)
				by, _, _ = strings.Cut(by, "\n")
				t.Logf("caught by %s%s", m.Caught, by)
			case strings.Contains(out, "no tests to run"):
				t.Fatalf("there is no test %s", m.Caught)
			case err == nil:
				t.Errorf("%s passes with a provider that %s", m.Caught, m.Name)
			default:
				t.Errorf("failed otherwise than by its assertions: %v\n%s", err, out)
			}
		})
	}
}

// A finding is what a test prints, looked through for what it is run for.
type finding struct {
	out   bytes.Buffer
	what  string
	found func()
	is    bool
}

// Write implements io.Writer.
func (f *finding) Write(p []byte) (int, error) {
	from := max(0, f.out.Len()-len(f.what))
	n, err := f.out.Write(p)
	if !f.is && bytes.Contains(f.out.Bytes()[from:], []byte(f.what)) {
		f.is = true
		f.found()
	}
	return n, err
}

// key tells it from those of other nouns, which may have its name.
func (m Mutant) key() string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(m.Old + "\x00" + m.With))
	return fmt.Sprintf("%s: %s (%08x)", m.File, m.Name, h.Sum32())
}

// Mutants are the tests of a package, compiled with every mutant in them. Which of
// them acts is decided when they run: compiling takes longer than most of the tests.
type Mutants struct{ binary string }

// acting is the environment variable that has the key of the mutant that acts.
const acting = "CDN_TEST_MUTANT"

// Compile compiles the tests of the package that calls it. Of every function that a
// mutant changes there is a changed copy beside it, which it calls instead of going on
// when that mutant acts. The mutants of all packages are in it: a package that many others
// import is then the same for all of them, and is compiled once.
func Compile(tb testing.TB, mutants ...Mutant) Mutants {
	tb.Helper()
	root, dir := moduleRoot(tb), tb.TempDir()
	replace := map[string]string{}
	put := func(path, content string) {
		if _, ok := replace[path]; ok {
			return // another file of the same package brought it
		}
		mutated := filepath.Join(dir, fmt.Sprintf("%d.go", len(replace)))
		if err := os.WriteFile(mutated, []byte(content), 0o600); err != nil {
			tb.Fatal(err)
		}
		replace[path] = mutated
	}
	all, err := declared(root)
	if err != nil {
		tb.Fatal(err)
	}
	files := map[string][]Mutant{}
	for _, m := range all {
		files[m.File] = append(files[m.File], m)
	}
	for _, m := range mutants {
		if !slices.Contains(files[m.File], Mutant{Name: m.Name, File: m.File, Old: m.Old, With: m.With}) {
			tb.Fatalf("the mutant %q is not found in source: let it stand in a file %s as a literal of constants of that file", m.Name, mutantsFile)
		}
	}
	for file, changes := range files {
		path := filepath.Join(root, filepath.FromSlash(file))
		source, err := os.ReadFile(path) //nolint:gosec // a file of this repository
		if err != nil {
			tb.Fatal(err)
		}
		mutated, name, err := mutate(string(source), changes)
		if err != nil {
			tb.Fatalf("%s: %v", file, err)
		}
		put(path, mutated)
		put(filepath.Join(filepath.Dir(path), "mutant_acting.go"), "package "+name+"\n\nimport \"os\"\n\nvar mutantActing = os.Getenv(\""+acting+"\")\n")
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600); err != nil {
		tb.Fatal(err)
	}
	binary := filepath.Join(dir, "mutants.test")
	defer oneAtATime()()
	if out, err := exec.CommandContext(tb.Context(), "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", filepath.Join(dir, "overlay.json"), "-o", binary, ".").CombinedOutput(); err != nil { //nolint:gosec // paths of this test
		tb.Fatalf("the mutants do not compile: %v\n%s", err, out)
	}
	return Mutants{binary}
}

// Run runs tests against a mutant, or, of the zero Mutant, against the provider itself,
// with further arguments of a test binary, such as -test.run.
func (c Mutants) Run(tb testing.TB, m Mutant, args ...string) (string, error) {
	tb.Helper()
	out, err := c.command(tb.Context(), m, args...).CombinedOutput()
	return string(out), err
}

func (c Mutants) command(ctx context.Context, m Mutant, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.binary, args...)               //nolint:gosec // compiled above
	cmd.Env = append(os.Environ(), acting+"="+m.key(), every+"=all") // whatever cell it is that catches it
	return cmd
}

// mutate returns a file in which every mutant's function has a changed copy, and the
// name of its package.
func mutate(source string, mutants []Mutant) (mutated, name string, err error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return "", "", err
	}
	at := func(p token.Pos) int { return fset.Position(p).Offset }
	type insertion struct {
		at   int
		text string
	}
	var insertions []insertion
	var copies bytes.Buffer
	for i, m := range mutants {
		if n := strings.Count(source, m.Old); n != 1 {
			return "", "", fmt.Errorf("it has what the mutant %q replaces %d times, want once:\n%s", m.Name, n, m.Old)
		}
		changed := strings.Index(source, m.Old)
		var function *ast.FuncDecl
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && at(f.Body.Lbrace) < changed && changed < at(f.End()) {
				function = f
			}
		}
		if function == nil {
			return "", "", fmt.Errorf("what the mutant %q replaces is in no function:\n%s", m.Name, m.Old)
		}
		call, err := callOf(function, fmt.Sprintf("%sMutant%d", function.Name.Name, i))
		if err != nil {
			return "", "", err
		}
		insertions = append(insertions, insertion{at(function.Body.Lbrace) + 1, fmt.Sprintf("\n\tif mutantActing == %q {\n\t\t%s\n\t}\n", m.key(), call)})
		fmt.Fprintf(&copies, "\n%sMutant%d%s\n", source[at(function.Pos()):at(function.Name.End())], i,
			strings.Replace(source[at(function.Name.End()):at(function.End())], m.Old, m.With, 1))
	}
	slices.SortStableFunc(insertions, func(a, b insertion) int { return b.at - a.at }) // from the end, so that positions stay
	for _, in := range insertions {
		source = source[:in.at] + in.text + source[in.at:]
	}
	return source + copies.String(), file.Name.Name, nil
}

// callOf is the statement by which a function hands over to its copy.
func callOf(f *ast.FuncDecl, name string) (string, error) {
	if f.Recv != nil {
		if len(f.Recv.List[0].Names) != 1 {
			return "", errors.New("the receiver of " + f.Name.Name + " has no name to call its copy by")
		}
		name = f.Recv.List[0].Names[0].Name + "." + name
	}
	var args []string
	for _, p := range f.Type.Params.List {
		unread := "*new(" + types.ExprString(p.Type) + ")" // it has no name, so the copy does not read it either
		if p.Names == nil {
			args = append(args, unread)
		}
		for _, n := range p.Names {
			arg := n.Name
			if arg == "_" {
				args = append(args, unread)
				continue
			}
			if _, variadic := p.Type.(*ast.Ellipsis); variadic {
				arg += "..."
			}
			args = append(args, arg)
		}
	}
	call := name + "(" + strings.Join(args, ", ") + ")"
	if f.Type.Results == nil {
		return call + "\n\t\treturn", nil
	}
	return "return " + call, nil
}

// moduleRoot is the folder above the test's package that holds go.mod.
func moduleRoot(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			tb.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}
