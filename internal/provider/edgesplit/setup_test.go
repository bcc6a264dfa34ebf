package edgesplit_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/kvsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

const (
	resourceType = "cdn_edge_split"
	propagation  = 4 * time.Minute
	nothing      = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" // Managed-CachingDisabled
	optimized    = "658327ea-f89d-4fab-a63d-7e88639e58f6" // Managed-CachingOptimized
	secret       = "only-our-testers-know"
)

// A shop is a distribution with two load balancers, of which its behaviours use app-blue.
type shop struct {
	*acctest.Env
	acctest.Distribution
}

func open(t *testing.T) shop {
	t.Helper()
	e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, World: awssim.Options{Propagation: propagation}})
	s := shop{e, e.Blue}
	s.furnish(nothing)
	return s
}

// furnish gives the shop its origins and behaviours, with a cache policy.
func (s shop) furnish(policy string) {
	s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) {
		from := func(id string) cftypes.Origin {
			o := c.Origins.Items[0]
			o.Id, o.DomainName = aws.String(id), aws.String(id+".origin.test")
			return o
		}
		c.Origins = &cftypes.Origins{Quantity: aws.Int32(2), Items: []cftypes.Origin{from("app-blue"), from("app-green")}}
		c.DefaultCacheBehavior.TargetOriginId, c.DefaultCacheBehavior.CachePolicyId = aws.String("app-blue"), aws.String(policy)
		c.CacheBehaviors = &cftypes.CacheBehaviors{Quantity: aws.Int32(1), Items: []cftypes.CacheBehavior{{
			PathPattern: aws.String("/api/*"), TargetOriginId: aws.String("app-blue"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyAllowAll, CachePolicyId: aws.String(policy),
		}}}
	})
	s.Settle()
}

func core(e *acctest.Env) *acctest.Core {
	return acctest.NewCore(resourceType, clock.System{}, e.World.Transport())
}

// toward is a complete configuration: green gets a percentage of the viewers.
func (s shop) toward(weight int, ladder ...int) acctest.Config {
	c := acctest.Config{
		"name": "shop", "safe": "blue", "weight": weight, "bake_time": "2m",
		"sides":    map[string]any{"blue": map[string]any{"origin_id": "app-blue"}, "green": map[string]any{"origin_id": "app-green"}},
		"attach":   map[string]any{"distribution_id": s.ID, "behaviors": []string{"default", "/api/*"}},
		"override": map[string]any{"header": "x-side", "secret": secret},
	}
	if len(ladder) > 0 {
		var steps []any
		for _, p := range ladder {
			steps = append(steps, p)
		}
		c["weights"] = steps
	}
	return c
}

// exported leaves it to others to associate the functions.
func exported(c acctest.Config) acctest.Config {
	c = maps.Clone(c)
	delete(c, "attach")
	return c
}

// gated adds a gate that asks for a page.
func gated(c acctest.Config) acctest.Config {
	c = maps.Clone(c)
	c["verify"] = map[string]any{"probes": []any{map[string]any{"path": "/health", "scheme": "http"}}}
	return c
}

func with(c acctest.Config, name string, value any) acctest.Config {
	c = maps.Clone(c)
	c[name] = value
	return c
}

// table is what the store says, "" if it has none.
func (s shop) table(t *testing.T) edgefunction.Table {
	t.Helper()
	out, err := s.CloudFront.DescribeKeyValueStore(context.Background(), &cloudfront.DescribeKeyValueStoreInput{Name: aws.String("shop")})
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.keys().Get(context.Background(), aws.ToString(out.KeyValueStore.ARN), edgefunction.Key)
	if err != nil {
		t.Fatal(err)
	}
	got, err := edgefunction.ParseTable(v.Text)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (s shop) keys() *kvsapi.Client {
	return kvsapi.New(aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: s.World.Transport()}, Credentials: credentials.NewStaticCredentialsProvider("AKIDHANDS", "secret", ""),
	}, "")
}

// runs lists the functions of the behaviours, by pattern and event.
func (s shop) runs(t *testing.T) map[string]string {
	t.Helper()
	got, err := s.CloudFront.GetDistributionConfig(context.Background(), &cloudfront.GetDistributionConfigInput{Id: aws.String(s.ID)})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	add := func(pattern string, list *cftypes.FunctionAssociations) {
		if list != nil {
			for _, f := range list.Items {
				out[pattern+" "+string(f.EventType)] = aws.ToString(f.FunctionARN)
			}
		}
	}
	add("default", got.DistributionConfig.DefaultCacheBehavior.FunctionAssociations)
	for _, b := range got.DistributionConfig.CacheBehaviors.Items {
		add(aws.ToString(b.PathPattern), b.FunctionAssociations)
	}
	return out
}

// made lists the functions and stores of the account.
func (s shop) made(t *testing.T) []string {
	t.Helper()
	var out []string
	var functions *cloudfront.ListFunctionsOutput
	var err error
	s.Truly(func() {
		functions, err = s.CloudFront.ListFunctions(context.Background(), &cloudfront.ListFunctionsInput{Stage: cftypes.FunctionStageDevelopment})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range functions.FunctionList.Items {
		out = append(out, aws.ToString(f.Name))
	}
	stores, err := s.CloudFront.ListKeyValueStores(context.Background(), &cloudfront.ListKeyValueStoresInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range stores.KeyValueStoreList.Items {
		out = append(out, aws.ToString(k.Name))
	}
	slices.Sort(out)
	return out
}

func mustApply(t *testing.T, c *acctest.Core, config acctest.Config) {
	t.Helper()
	if d := c.MustConverge(context.Background(), t, config).Errors(); len(d) > 0 {
		t.Fatal(d)
	}
}

// fails applies what has to end in one error, and returns it.
func fails(t *testing.T, c *acctest.Core, config acctest.Config, summary string) {
	t.Helper()
	d := c.MustConverge(context.Background(), t, config).Errors()
	if len(d) != 1 || d[0].Summary != summary {
		t.Fatalf("want %q, got:\n%s", summary, d)
	}
}

func expectOperations(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

// running runs a test in a bubble of its own.
func running(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

// associate gives the default behaviour functions, by hand; nil takes them away.
func (s shop) associate(arns map[string]string) {
	s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) {
		list := &cftypes.FunctionAssociations{Quantity: aws.Int32(int32(len(arns)))} //nolint:gosec // two
		for event, arn := range arns {
			list.Items = append(list.Items, cftypes.FunctionAssociation{EventType: cftypes.EventType(event), FunctionARN: aws.String(arn)})
		}
		c.DefaultCacheBehavior.FunctionAssociations = list
	})
	s.Settle()
}

// texts is an attribute of state that is a map of texts.
func texts(t *testing.T, c *acctest.Core, attribute string) map[string]string {
	t.Helper()
	got, _, err := tftypes.WalkAttributePath(c.State, tftypes.NewAttributePath().WithAttributeName(attribute))
	value, ok := got.(tftypes.Value)
	var in map[string]tftypes.Value
	if err != nil || !ok || value.As(&in) != nil {
		t.Fatalf("%s is no map: %v %v", attribute, got, err)
	}
	out := map[string]string{}
	for k, v := range in {
		var text string
		if v.As(&text) == nil {
			out[k] = text
		}
	}
	return out
}

// wait lets a bake_time pass.
func (s shop) wait() { _ = clock.System{}.Sleep(context.Background(), 5*time.Minute) }
