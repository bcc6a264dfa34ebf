package route53

import (
	"fmt"
	"net/netip"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A healthCheck is remembered, never carried out: SetHealth says how it fares.
type healthCheck struct {
	id, ref string
	version int
	config  *wire.Node
	made    time.Time
	health  []healthSince // oldest first; none: healthy
}

type healthSince struct {
	at      time.Time
	healthy bool
}

// SetHealth makes the checkers of a health check report success or failure from
// now on. It returns false where there is no such check.
func (s *Service) SetHealth(id string, healthy bool) bool {
	s.serving.Lock()
	defer s.serving.Unlock()
	c := s.checks[id]
	if c == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.health = append(c.health, healthSince{s.now(), healthy})
	return true
}

// passes is what the checkers see at a moment.
func (c *healthCheck) passes(at time.Time) bool {
	for _, v := range slices.Backward(c.health) {
		if !v.at.After(at) {
			return v.healthy
		}
	}
	return true
}

// healthy is what Route 53 makes of it: a disabled check counts as healthy, an
// inverted one as its opposite. Source: API reference, HealthCheckConfig.
func (c *healthCheck) healthy(at time.Time) bool {
	healthy := c.config.True("Disabled") || c.passes(at)
	return healthy != c.config.True("Inverted")
}

func (c *healthCheck) node() *wire.Node {
	return wire.Elem("HealthCheck", wire.Text("Id", c.id), wire.Text("CallerReference", c.ref), c.config,
		wire.Int("HealthCheckVersion", c.version))
}

// configOrder is the order of a HealthCheckConfig in the service model.
var configOrder = []string{
	"IPAddress", "Port", "Type", "ResourcePath", "FullyQualifiedDomainName", "SearchString", "RequestInterval", "FailureThreshold",
	"MeasureLatency", "Inverted", "Disabled", "HealthThreshold", "ChildHealthChecks", "EnableSNI", "Regions", "AlarmIdentifier",
	"InsufficientDataHealthStatus", "RoutingControlArn",
}

// withDefaults fills what Route 53 fills. Source: API reference, HealthCheckConfig.
func withDefaults(config *wire.Node) *wire.Node {
	typ := config.String("Type")
	defaults := map[string]string{"Inverted": "false", "Disabled": "false"}
	if typ != "CALCULATED" && typ != "CLOUDWATCH_METRIC" && typ != "RECOVERY_CONTROL" {
		defaults["RequestInterval"], defaults["FailureThreshold"], defaults["MeasureLatency"] = "30", "3", "false"
		defaults["EnableSNI"] = strconv.FormatBool(len(typ) >= 5 && typ[:5] == "HTTPS")
		switch {
		case len(typ) >= 5 && typ[:5] == "HTTPS":
			defaults["Port"] = "443"
		case typ != "TCP":
			defaults["Port"] = "80"
		}
	}
	out := wire.Elem("HealthCheckConfig")
	for _, name := range configOrder {
		if e := config.Get(name); e != nil {
			out.Children = append(out.Children, e.Clone())
		} else if v, ok := defaults[name]; ok {
			out.Children = append(out.Children, wire.Text(name, v))
		}
	}
	return out
}

func (s *Service) createHealthCheck(r *wire.Request) (*wire.Response, error) {
	ref, config := r.Body.String("CallerReference"), withDefaults(r.Body.Get("HealthCheckConfig"))
	for _, c := range s.checks {
		if c.ref != ref {
			continue
		}
		if string(c.config.XML("")) != string(config.XML("")) {
			return nil, wire.Errorf("HealthCheckAlreadyExists", "A health check with the specified caller reference already exists with different settings.")
		}
		return answer("CreateHealthCheckResponse", c.node()).WithHeader("Location", location("healthcheck/%s", c.id)), nil
	}
	if err := s.checkHealthCheck(config); err != nil {
		return nil, err
	}
	c := &healthCheck{id: s.uuid(), ref: ref, version: 1, config: config, made: s.now()}
	s.mu.Lock()
	s.checks[c.id] = c
	s.mu.Unlock()
	return answer("CreateHealthCheckResponse", c.node()).WithHeader("Location", location("healthcheck/%s", c.id)), nil
}

// checkHealthCheck refuses a configuration that means nothing, or watches what is not there.
func (s *Service) checkHealthCheck(c *wire.Node) error {
	if problem := checkConfig(c); problem != "" {
		return invalid("%s", problem)
	}
	for _, child := range c.All("ChildHealthCheck", "ChildHealthChecks") {
		if s.checks[child.Text] == nil {
			return invalid("Invalid parameter : ChildHealthChecks contains %s, which does not exist", child.Text) // wording ours
		}
	}
	return nil
}

// checkConfig refuses the combinations that mean nothing. Wording ours.
func checkConfig(c *wire.Node) string {
	typ := c.String("Type")
	target := c.String("IPAddress") != "" || c.String("FullyQualifiedDomainName") != ""
	switch {
	case typ == "HTTP_STR_MATCH" || typ == "HTTPS_STR_MATCH":
		if c.String("SearchString") == "" {
			return "Invalid parameter : SearchString must be specified for " + typ
		}
	case typ == "TCP" && c.Get("Port") == nil:
		return "Invalid parameter : Port must be specified for TCP health checks"
	case typ == "CALCULATED" && c.Get("ChildHealthChecks") == nil:
		return "Invalid parameter : ChildHealthChecks must be specified for CALCULATED health checks"
	case typ == "CLOUDWATCH_METRIC" && c.Get("AlarmIdentifier") == nil:
		return "Invalid parameter : AlarmIdentifier must be specified for CLOUDWATCH_METRIC health checks"
	}
	if !target && typ != "CALCULATED" && typ != "CLOUDWATCH_METRIC" && typ != "RECOVERY_CONTROL" {
		return "Invalid parameter : IPAddress or FullyQualifiedDomainName must be specified"
	}
	if a, err := netip.ParseAddr(c.String("IPAddress")); c.String("IPAddress") != "" && (err != nil || !a.IsGlobalUnicast() || a.IsPrivate()) {
		return "Invalid parameter : IPAddress must not be local, private, nonroutable or multicast"
	}
	if i := c.String("RequestInterval"); i != "" && i != "10" && i != "30" {
		return "Invalid parameter : RequestInterval must be 10 or 30"
	}
	return ""
}

func (s *Service) uuid() string {
	return fmt.Sprintf("%04x%04x-%04x-%04x-%04x-%04x%04x%04x", s.draw(1<<16), s.draw(1<<16), s.draw(1<<16),
		0x4000|s.draw(1<<12), 0x8000|s.draw(1<<14), s.draw(1<<16), s.draw(1<<16), s.draw(1<<16))
}

func (s *Service) check(r *wire.Request) (*healthCheck, error) {
	id := r.Labels["HealthCheckId"]
	if c := s.checks[id]; c != nil {
		return c, nil
	}
	return nil, noSuchHealthCheck(id)
}

func (s *Service) getHealthCheck(r *wire.Request) (*wire.Response, error) {
	c, err := s.check(r)
	if err != nil {
		return nil, err
	}
	return answer("GetHealthCheckResponse", c.node()), nil
}

func (s *Service) updateHealthCheck(r *wire.Request) (*wire.Response, error) {
	c, err := s.check(r)
	if err != nil {
		return nil, err
	}
	if v := r.Body.String("HealthCheckVersion"); v != "" && v != strconv.Itoa(c.version) {
		return nil, wire.Errorf("HealthCheckVersionMismatch", "The value of HealthCheckVersion in the request doesn't match the value of HealthCheckVersion in the health check.")
	}
	config := c.config.Clone()
	for _, reset := range r.Body.All("ResettableElementName", "ResetElements") {
		config.Remove(reset.Text)
	}
	for _, e := range r.Body.Children {
		if contains(configOrder, e.Name) {
			config.Set(e.Clone())
		}
	}
	config = withDefaults(config)
	if err := s.checkHealthCheck(config); err != nil {
		return nil, err
	}
	s.mu.Lock()
	c.config, c.version = config, c.version+1
	s.mu.Unlock()
	return answer("UpdateHealthCheckResponse", c.node()), nil
}

// deleteHealthCheck allows what Route 53 allows: records go on naming the check
// and count as healthy. Source: API reference, DeleteHealthCheck.
func (s *Service) deleteHealthCheck(r *wire.Request) (*wire.Response, error) {
	c, err := s.check(r)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	delete(s.checks, c.id)
	s.mu.Unlock()
	delete(s.tags, "healthcheck/"+c.id)
	return answer("DeleteHealthCheckResponse"), nil
}

func (s *Service) listHealthChecks(r *wire.Request) (*wire.Response, error) {
	most, err := page(r, 100)
	if err != nil {
		return nil, err
	}
	marker := r.Query.Get("marker")
	var ids []string
	for id := range s.checks {
		if id >= marker {
			ids = append(ids, id)
		}
	}
	sort.Strings(ids)
	list := wire.Elem("HealthChecks")
	out := answer("ListHealthChecksResponse", list)
	if marker != "" {
		out.Body.Children = append(out.Body.Children, wire.Text("Marker", marker))
	}
	next := ""
	for i, id := range ids {
		if i == most {
			next = id
			break
		}
		list.Children = append(list.Children, s.checks[id].node())
	}
	out.Body.Children = append(out.Body.Children, wire.Bool("IsTruncated", next != ""))
	if next != "" {
		out.Body.Children = append(out.Body.Children, wire.Text("NextMarker", next))
	}
	out.Body.Children = append(out.Body.Children, wire.Int("MaxItems", most))
	return out, nil
}

func (s *Service) getHealthCheckCount(*wire.Request) (*wire.Response, error) {
	return answer("GetHealthCheckCountResponse", wire.Int("HealthCheckCount", len(s.checks))), nil
}

// checkers are where Route 53 checks from, with an address of each documented range.
var checkers = []struct{ region, address string }{
	{"us-east-1", "15.177.2.1"},
	{"us-west-1", "15.177.6.1"},
	{"us-west-2", "15.177.10.1"},
	{"eu-west-1", "15.177.14.1"},
	{"ap-southeast-1", "15.177.18.1"},
	{"ap-southeast-2", "15.177.22.1"},
	{"ap-northeast-1", "15.177.26.1"},
	{"sa-east-1", "15.177.30.1"},
}

func observations(status string, at time.Time) *wire.Node {
	list := wire.Elem("HealthCheckObservations")
	for _, from := range checkers {
		list.Children = append(list.Children, wire.Elem("HealthCheckObservation", wire.Text("Region", from.region), wire.Text("IPAddress", from.address),
			wire.Elem("StatusReport", wire.Text("Status", status), wire.Text("CheckedTime", at.UTC().Format(timeFormat)))))
	}
	return list
}

const (
	succeeded = "Success: HTTP Status Code 200, OK"
	failed    = "Failure: HTTP Status Code 503, Service Unavailable. Resolved IP: 192.0.2.1"
)

func (s *Service) getHealthCheckStatus(r *wire.Request) (*wire.Response, error) {
	c, err := s.check(r)
	if err != nil {
		return nil, err
	}
	if t := c.config.String("Type"); t == "CALCULATED" || t == "CLOUDWATCH_METRIC" {
		return nil, invalid("GetHealthCheckStatus cannot be called for a health check of type %s", t) // wording ours
	}
	status := succeeded
	if !c.passes(s.now()) {
		status = failed
	}
	return answer("GetHealthCheckStatusResponse", observations(status, s.now())), nil
}

func (s *Service) getLastFailureReason(r *wire.Request) (*wire.Response, error) {
	c, err := s.check(r)
	if err != nil {
		return nil, err
	}
	for _, v := range slices.Backward(c.health) {
		if !v.healthy {
			return answer("GetHealthCheckLastFailureReasonResponse", observations(failed, v.at)), nil
		}
	}
	return answer("GetHealthCheckLastFailureReasonResponse", wire.Elem("HealthCheckObservations")), nil
}
