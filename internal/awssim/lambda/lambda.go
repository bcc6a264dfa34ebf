// Package lambda simulates AWS Lambda as far as Lambda@Edge needs it: functions, and
// the numbered versions of them that a distribution may refer to. It keeps code as
// bytes and never runs it.
package lambda

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Options of a Service.
type Options struct {
	Clock   clock.Clock
	Account string
	Knobs   *knob.Knobs // nil: knob.Defaults
	// Replicated says whether there are replicas of a version at that time. Nil: never.
	Replicated func(versionARN string, now time.Time) bool
	// Object returns the code that a function is made of from S3. Nil: there is none.
	Object func(bucket, key string) ([]byte, bool)
}

// A Service is one account's Lambda in all regions. It is safe for concurrent use.
type Service struct {
	opts  Options
	model *wire.Model

	mu        sync.RWMutex
	functions map[string]*function // by region and name
	revisions int
}

// New returns a Lambda without functions.
func New(o Options) *Service {
	if o.Replicated == nil {
		o.Replicated = func(string, time.Time) bool { return false }
	}
	if o.Knobs == nil {
		k := knob.Defaults()
		o.Knobs = &k
	}
	if o.Object == nil {
		o.Object = func(string, string) ([]byte, bool) { return nil, false }
	}
	return &Service{opts: o, model: wire.LoadModel("lambda"), functions: map[string]*function{}}
}

// A function has the version that is worked on, $LATEST, and those that were published.
type function struct {
	region, name, arn string
	tags              map[string]any
	versions          []*version // $LATEST first, then oldest first
	published         int        // the number of the newest
}

type version struct {
	name     string
	config   map[string]any // the settings, as FunctionConfiguration has them
	sha      string
	size     int
	modified time.Time
	revision string
	active   time.Time // from then on; until then it is Pending
}

// The states of a version. Source: API reference, State.
const (
	active  = "Active"
	pending = "Pending"
)

func (v *version) state(now time.Time) string {
	if now.Before(v.active) {
		return pending
	}
	return active
}

const latest = "$LATEST"

// Model implements wire.Service.
func (s *Service) Model() *wire.Model { return s.model }

type call struct {
	*wire.Request
	region string
	now    time.Time
}

type operation struct {
	read  bool
	serve func(*Service, *call) (any, error)
}

var operations = map[string]operation{
	"CreateFunction":               {serve: (*Service).create},
	"GetFunction":                  {read: true, serve: (*Service).get},
	"GetFunctionConfiguration":     {read: true, serve: (*Service).getConfiguration},
	"GetFunctionCodeSigningConfig": {read: true, serve: (*Service).getCodeSigning},
	"UpdateFunctionCode":           {serve: (*Service).updateCode},
	"UpdateFunctionConfiguration":  {serve: (*Service).updateConfiguration},
	"DeleteFunction":               {serve: (*Service).delete},
	"PublishVersion":               {serve: (*Service).publish},
	"ListVersionsByFunction":       {read: true, serve: (*Service).listVersions},
	"ListFunctions":                {read: true, serve: (*Service).list},
	"TagResource":                  {serve: (*Service).tag},
	"UntagResource":                {serve: (*Service).untag},
	"ListTags":                     {read: true, serve: (*Service).listTags},
}

// Serves implements wire.Service.
func (s *Service) Serves() []string { return slices.Sorted(maps.Keys(operations)) }

// Reads implements wire.Service.
func (s *Service) Reads(name string) bool { return operations[name].read }

// Serve implements wire.Service.
func (s *Service) Serve(_ context.Context, r *wire.Request) (*wire.Response, error) {
	op, ok := operations[r.Operation.Name]
	if !ok {
		return nil, &wire.Error{
			Code: "NotImplemented", Status: http.StatusNotImplemented,
			Message: fmt.Sprintf("the simulator does not serve %s of Lambda", r.Operation.Name),
		}
	}
	if err := s.model.ValidateJSON(r.Operation, r.JSON); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out, err := op.serve(s, &call{Request: r, region: cmp.Or(r.Region, "us-east-1"), now: s.opts.Clock.Now()})
	if err != nil {
		return nil, err
	}
	return &wire.Response{JSON: out}, nil
}

func invalid(format string, args ...any) error {
	return wire.Errorf("InvalidParameterValueException", format, args...)
}

// A function is named by its name, a part of its ARN or all of it, and the version may
// stand behind it.
var reference = regexp.MustCompile(`^(?:arn:aws:lambda:([a-z0-9-]+):)?(?:\d{12}:)?(?:function:)?([A-Za-z0-9_-]+)(?::(\$LATEST|[A-Za-z0-9_-]+))?$`)

// find is the function that a call names, and the version: $LATEST if it names none.
func (s *Service) find(c *call) (*function, *version, error) {
	m := reference.FindStringSubmatch(c.Labels["FunctionName"])
	if m == nil {
		return nil, nil, wire.Errorf("ValidationException", "1 validation error detected: Value '%s' at 'functionName' failed to satisfy constraint", c.Labels["FunctionName"])
	}
	wanted := cmp.Or(c.Query.Get("Qualifier"), m[3], latest)
	f := s.functions[c.region+" "+m[2]]
	notFound := wire.Errorf("ResourceNotFoundException", "Function not found: arn:aws:lambda:%s:%s:function:%s", c.region, s.opts.Account, m[2])
	if f == nil {
		return nil, nil, notFound
	}
	if v := f.version(wanted); v != nil {
		return f, v, nil
	}
	notFound.Message += ":" + wanted
	return nil, nil, notFound
}

func (f *function) version(name string) *version {
	for _, v := range f.versions {
		if v.name == name {
			return v
		}
	}
	return nil
}

// describe is FunctionConfiguration; qualified says whether the ARN names the version.
func (f *function) describe(v *version, qualified bool, now time.Time) map[string]any {
	out := maps.Clone(v.config)
	arn := f.arn
	if qualified {
		arn += ":" + v.name
	}
	maps.Copy(out, map[string]any{
		"FunctionName": f.name, "FunctionArn": arn, "Version": v.name, "CodeSha256": v.sha, "CodeSize": v.size, "RevisionId": v.revision,
		"LastModified": v.modified.UTC().Format("2006-01-02T15:04:05.000+0000"), "State": v.state(now), "LastUpdateStatus": "Successful",
	})
	if v.state(now) == pending {
		out["StateReason"], out["StateReasonCode"] = "The function is being created.", "Creating"
	}
	return out
}

// settings are the members of a request that FunctionConfiguration has too.
var settings = []string{"Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "KMSKeyArn", "PackageType", "Architectures", "EphemeralStorage", "LoggingConfig"}

// apply takes over the settings of a request.
func apply(config, in map[string]any) {
	for _, name := range settings {
		if v, ok := in[name]; ok {
			config[name] = v
		}
	}
	if v, ok := in["TracingConfig"]; ok {
		config["TracingConfig"] = v
	}
	if env, ok := in["Environment"].(map[string]any); ok {
		delete(config, "Environment")
		if vars, _ := env["Variables"].(map[string]any); len(vars) > 0 {
			config["Environment"] = map[string]any{"Variables": vars}
		}
	}
	for _, name := range []string{"VpcConfig", "Layers", "DeadLetterConfig", "FileSystemConfigs", "ImageConfig"} {
		delete(config, name) // nothing here has them
	}
}

// code reads the package of a request: sent with it, or from S3.
func (s *Service) code(in map[string]any) ([]byte, error) {
	if zip, ok := in["ZipFile"].(string); ok {
		raw, err := base64.StdEncoding.DecodeString(zip)
		if err != nil || len(raw) == 0 {
			return nil, invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
		}
		return raw, nil
	}
	bucket, _ := in["S3Bucket"].(string)
	key, _ := in["S3Key"].(string)
	if raw, ok := s.opts.Object(bucket, key); ok {
		return raw, nil
	}
	return nil, invalid("Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.")
}

func (v *version) load(raw []byte) {
	sum := sha256.Sum256(raw)
	v.sha, v.size = base64.StdEncoding.EncodeToString(sum[:]), len(raw)
}

func (s *Service) touch(v *version, now time.Time) {
	s.revisions++
	v.modified, v.revision = now, fmt.Sprintf("00000000-0000-4000-8000-%012d", s.revisions)
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (s *Service) create(c *call) (any, error) {
	name, _ := c.JSON["FunctionName"].(string)
	packaged, _ := c.JSON["Code"].(map[string]any)
	switch {
	case !plainName.MatchString(name):
		return nil, invalid("The function name %s is not valid.", name)
	case s.functions[c.region+" "+name] != nil:
		return nil, wire.Errorf("ResourceConflictException", "Function already exist: %s", name)
	case c.JSON["Role"] == nil || packaged == nil:
		return nil, invalid("Role and Code are required.")
	}
	raw, err := s.code(packaged)
	if err != nil {
		return nil, err
	}
	v := &version{name: latest, config: map[string]any{
		"Timeout": 3, "MemorySize": 128, "Description": "", "PackageType": "Zip", "Architectures": []any{"x86_64"}, "EphemeralStorage": map[string]any{"Size": 512},
		"TracingConfig": map[string]any{"Mode": "PassThrough"}, "LoggingConfig": map[string]any{"LogFormat": "Text", "LogGroup": "/aws/lambda/" + name},
		"SnapStart": map[string]any{"ApplyOn": "None", "OptimizationStatus": "Off"},
	}}
	apply(v.config, c.JSON)
	v.load(raw)
	s.touch(v, c.now)
	f := &function{region: c.region, name: name, arn: "arn:aws:lambda:" + c.region + ":" + s.opts.Account + ":function:" + name, versions: []*version{v}, tags: map[string]any{}}
	if tags, ok := c.JSON["Tags"].(map[string]any); ok {
		maps.Copy(f.tags, tags)
	}
	s.functions[c.region+" "+name] = f
	if c.JSON["Publish"] == true {
		first := s.number(f, v, "", c.now)
		v.active = first.active // whoever waits for the function waits for its first version
		return f.describe(first, true, c.now), nil
	}
	return f.describe(v, false, c.now), nil
}

// number publishes a version, unless nothing has changed since the newest one.
func (s *Service) number(f *function, v *version, description string, now time.Time) *version {
	if n := f.versions[len(f.versions)-1]; n.name != latest && n.sha == v.sha && n.revision == v.revision {
		return n
	}
	f.published++
	out := *v
	out.name, out.config, out.modified = strconv.Itoa(f.published), maps.Clone(v.config), now
	out.active = now.Add(s.opts.Knobs.PendingSpan)
	if description != "" {
		out.config["Description"] = description
	}
	f.versions = append(f.versions, &out)
	return &out
}

// revised refuses a change of what is not there any more.
func (c *call) revised(v *version) error {
	if id, ok := c.JSON["RevisionId"].(string); ok && id != v.revision {
		return wire.Errorf("PreconditionFailedException", "The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to retrieve the latest RevisionId")
	}
	return nil
}

func (s *Service) publish(c *call) (any, error) {
	f, v, err := s.find(c)
	if err != nil {
		return nil, err
	}
	if err := c.revised(v); err != nil {
		return nil, err
	}
	if sum, ok := c.JSON["CodeSha256"].(string); ok && sum != v.sha {
		return nil, invalid("CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). Please try again with the CodeSHA256 in $LATEST.", sum, v.sha)
	}
	description, _ := c.JSON["Description"].(string)
	return f.describe(s.number(f, v, description, c.now), true, c.now), nil
}

func (s *Service) getConfiguration(c *call) (any, error) {
	f, v, err := s.find(c)
	if err != nil {
		return nil, err
	}
	return f.describe(v, c.Query.Get("Qualifier") != "", c.now), nil
}

func (s *Service) get(c *call) (any, error) {
	f, v, err := s.find(c)
	if err != nil {
		return nil, err
	}
	out := map[string]any{
		"Configuration": f.describe(v, c.Query.Get("Qualifier") != "", c.now),
		"Code":          map[string]any{"RepositoryType": "S3", "Location": "https://awslambda-" + f.region + "-tasks.s3." + f.region + ".amazonaws.com/snapshots/" + f.name},
	}
	if len(f.tags) > 0 {
		out["Tags"] = f.tags
	}
	return out, nil
}

func (s *Service) getCodeSigning(c *call) (any, error) {
	f, _, err := s.find(c)
	if err != nil {
		return nil, err
	}
	return map[string]any{"CodeSigningConfigArn": "", "FunctionName": f.name}, nil
}

func (s *Service) updateCode(c *call) (any, error) {
	f, v, err := s.find(c)
	if err != nil {
		return nil, err
	}
	if err := c.revised(v); err != nil {
		return nil, err
	}
	raw, err := s.code(c.JSON)
	if err != nil {
		return nil, err
	}
	v.load(raw)
	if architectures, ok := c.JSON["Architectures"]; ok {
		v.config["Architectures"] = architectures
	}
	s.touch(v, c.now)
	if c.JSON["Publish"] == true {
		return f.describe(s.number(f, v, "", c.now), true, c.now), nil
	}
	return f.describe(v, false, c.now), nil
}

func (s *Service) updateConfiguration(c *call) (any, error) {
	f, v, err := s.find(c)
	if err != nil {
		return nil, err
	}
	if err := c.revised(v); err != nil {
		return nil, err
	}
	config := maps.Clone(v.config) // published versions share nothing with it
	apply(config, c.JSON)
	v.config = config
	s.touch(v, c.now)
	return f.describe(v, false, c.now), nil
}

func (s *Service) delete(c *call) (any, error) {
	f, v, err := s.find(c)
	if err != nil {
		return nil, err
	}
	doomed := f.versions
	if q := c.Query.Get("Qualifier"); q != "" {
		if q == latest {
			return nil, invalid("$LATEST version cannot be deleted without deleting the function.")
		}
		doomed = []*version{v}
	}
	for _, x := range doomed {
		if s.opts.Replicated(f.arn+":"+x.name, c.now) {
			return nil, invalid("Lambda was unable to delete %s:%s because it is a replicated function. Please see our documentation for Deleting Lambda@Edge Functions and Replicas.", f.arn, x.name)
		}
	}
	f.versions = slices.DeleteFunc(slices.Clone(f.versions), func(x *version) bool { return slices.Contains(doomed, x) })
	if len(f.versions) == 0 {
		delete(s.functions, f.region+" "+f.name)
	}
	return nil, nil
}

// page cuts a list for Marker and MaxItems; the marker is the number of what was sent.
func page[T any](c *call, list []T, most int) (out []T, next string, err error) {
	skip, err := strconv.Atoi(cmp.Or(c.Query.Get("Marker"), "0"))
	if err != nil || skip < 0 || skip > len(list) {
		return nil, "", invalid("The marker is not valid.")
	}
	if n, err := strconv.Atoi(c.Query.Get("MaxItems")); err == nil && n > 0 {
		most = min(n, most)
	}
	list = list[skip:]
	if len(list) > most {
		return list[:most], strconv.Itoa(skip + most), nil
	}
	return list, "", nil
}

func (s *Service) listVersions(c *call) (any, error) {
	f, _, err := s.find(c)
	if err != nil {
		return nil, err
	}
	list, next, err := page(c, f.versions, 50)
	if err != nil {
		return nil, err
	}
	versions := []any{}
	for _, v := range list {
		versions = append(versions, f.describe(v, true, c.now))
	}
	return marked(map[string]any{"Versions": versions}, next), nil
}

func marked(out map[string]any, next string) map[string]any {
	if next != "" {
		out["NextMarker"] = next
	}
	return out
}

func (s *Service) list(c *call) (any, error) {
	var here []*function
	for _, key := range slices.Sorted(maps.Keys(s.functions)) {
		if f := s.functions[key]; f.region == c.region {
			here = append(here, f)
		}
	}
	list, next, err := page(c, here, 50)
	if err != nil {
		return nil, err
	}
	functions := []any{}
	for _, f := range list {
		functions = append(functions, f.describe(f.versions[0], false, c.now))
	}
	return marked(map[string]any{"Functions": functions}, next), nil
}

// tagged is the function that a tagging call names by its ARN.
func (s *Service) tagged(c *call) (*function, error) {
	for _, f := range s.functions {
		if f.arn == c.Labels["Resource"] || f.arn == c.Labels["ARN"] {
			return f, nil
		}
	}
	return nil, wire.Errorf("ResourceNotFoundException", "Function not found: %s", cmp.Or(c.Labels["Resource"], c.Labels["ARN"]))
}

func (s *Service) tag(c *call) (any, error) {
	f, err := s.tagged(c)
	if err != nil {
		return nil, err
	}
	tags, _ := c.JSON["Tags"].(map[string]any)
	maps.Copy(f.tags, tags)
	return nil, nil
}

func (s *Service) untag(c *call) (any, error) {
	f, err := s.tagged(c)
	if err != nil {
		return nil, err
	}
	for _, key := range c.Query["tagKeys"] {
		delete(f.tags, key)
	}
	return nil, nil
}

func (s *Service) listTags(c *call) (any, error) {
	f, err := s.tagged(c)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Tags": maps.Clone(f.tags)}, nil
}

// State is the state of a version, "" for one of a function that nobody made here.
func (s *Service) State(versionARN string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	i := strings.LastIndex(versionARN, ":")
	for _, f := range s.functions {
		if v := f.version(versionARN[i+1:]); f.arn == versionARN[:max(i, 0)] && v != nil {
			return v.state(s.opts.Clock.Now())
		}
	}
	return ""
}

// Edge says why a distribution may not refer to a version, "" if it may. Functions
// that nobody made here are somebody else's, and fine.
// Source: Developer Guide, "Restrictions on Lambda@Edge".
func (s *Service) Edge(versionARN string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	i := strings.LastIndex(versionARN, ":")
	for _, f := range s.functions {
		if f.arn != versionARN[:max(i, 0)] {
			continue
		}
		v := f.version(versionARN[i+1:])
		switch {
		case v == nil:
			return "The function version does not exist."
		case v.config["Environment"] != nil:
			return "The function cannot have environment variables."
		case !strings.HasPrefix(fmt.Sprint(v.config["Runtime"]), "nodejs") && !strings.HasPrefix(fmt.Sprint(v.config["Runtime"]), "python"):
			return fmt.Sprintf("The function runtime %v is not supported.", v.config["Runtime"])
		}
	}
	return ""
}
