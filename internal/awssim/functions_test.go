package awssim_test

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	kvs "github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

// An edgeSplit is a distribution whose viewers are answered by a function, from a store.
type edgeSplit struct {
	*account
	data  *kvs.Client
	store *string
	name  *string
	live  *string // ETag of the function
	d     *types.Distribution
}

// answering is a function that answers with the key side, and with a text of its own.
func answering(text string) []byte {
	return []byte("import cf from 'cloudfront';\nasync function handler(event) {\n  let side = 'absent';\n  try { side = await cf.kvs().get('side'); } catch (e) { side = 'absent'; }\n  return {statusCode: 200, headers: {'x-side': {value: side}, 'x-code': {value: '" + text + "'}}};\n}")
}

func newEdgeSplit(t *testing.T, turn ...func(*knob.Knobs)) *edgeSplit {
	t.Helper()
	s := &edgeSplit{account: newAccount(t, awssim.New(awssim.Options{})), name: aws.String("split")}
	for _, k := range turn {
		s.Turn(k)
	}
	s.data = kvs.NewFromConfig(aws.Config{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDTEST", "secret", ""), HTTPClient: &http.Client{Transport: s.Transport()},
	})
	made, err := s.cf.CreateKeyValueStore(t.Context(), &cloudfront.CreateKeyValueStoreInput{Name: s.name})
	s.store = must(t, made, err).KeyValueStore.ARN
	pass(time.Minute)
	f, err := s.cf.CreateFunction(t.Context(), &cloudfront.CreateFunctionInput{Name: s.name, FunctionConfig: s.config(), FunctionCode: answering("one")})
	s.live = must(t, f, err).ETag
	s.publish()
	s.put("blue")
	s.d = s.distribution("origin", www)
	got, err := s.cf.GetDistributionConfig(t.Context(), &cloudfront.GetDistributionConfigInput{Id: s.d.Id})
	cfg := must(t, got, err).DistributionConfig
	cfg.DefaultCacheBehavior.FunctionAssociations = &types.FunctionAssociations{Quantity: aws.Int32(1), Items: []types.FunctionAssociation{
		{EventType: types.EventTypeViewerRequest, FunctionARN: f.FunctionSummary.FunctionMetadata.FunctionARN},
	}}
	updated, err := s.cf.UpdateDistribution(t.Context(), &cloudfront.UpdateDistributionInput{Id: s.d.Id, IfMatch: got.ETag, DistributionConfig: cfg})
	must(t, updated, err)
	pass(15 * time.Minute)
	return s
}

func (s *edgeSplit) config() *types.FunctionConfig {
	return &types.FunctionConfig{Comment: aws.String(""), Runtime: types.FunctionRuntimeCloudfrontJs20, KeyValueStoreAssociations: &types.KeyValueStoreAssociations{
		Quantity: aws.Int32(1), Items: []types.KeyValueStoreAssociation{{KeyValueStoreARN: s.store}},
	}}
}

func (s *edgeSplit) publish() {
	s.t.Helper()
	out, err := s.cf.PublishFunction(s.t.Context(), &cloudfront.PublishFunctionInput{Name: s.name, IfMatch: s.live})
	must(s.t, out, err)
}

func (s *edgeSplit) put(side string) {
	s.t.Helper()
	got, err := s.data.DescribeKeyValueStore(s.t.Context(), &kvs.DescribeKeyValueStoreInput{KvsARN: s.store})
	out, err := s.data.PutKey(s.t.Context(), &kvs.PutKeyInput{KvsARN: s.store, Key: aws.String("side"), Value: &side, IfMatch: must(s.t, got, err).ETag})
	must(s.t, out, err)
}

// seen asks one point of presence.
func (s *edgeSplit) seen(pop int) (side, code string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "https://"+www+"/", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set(edge.POPHeader, strconv.Itoa(pop))
	resp, err := s.viewer.Do(req)
	must(s.t, resp, err)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("POP %d answers %d %s", pop, resp.StatusCode, resp.Header.Get("X-Cache"))
	}
	return resp.Header.Get("X-Side"), resp.Header.Get("X-Code")
}

// everywhere counts what the points of presence see.
func (s *edgeSplit) everywhere() (sides, codes map[string]int) {
	sides, codes = map[string]int{}, map[string]int{}
	for pop := range s.Propagation().POPs() {
		side, code := s.seen(pop)
		sides[side]++
		codes[code]++
	}
	return sides, codes
}

// Each point of presence learns of a key and of a published function at its own moment.
func TestKeysAndCodeReachEachPointOfPresenceByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newEdgeSplit(t)
		if sides, codes := s.everywhere(); sides["blue"] != 24 || codes["one"] != 24 {
			t.Fatalf("at first: %v %v", sides, codes)
		}
		s.put("green")
		if sides, _ := s.everywhere(); sides["blue"] != 24 {
			t.Errorf("at the moment of the write: %v", sides)
		}
		arrivals := slices.SortedFunc(slices.Values(s.CloudFront().StoreArrivals(*s.store)), time.Time.Compare)
		pass(arrivals[11].Sub(now()))
		if sides, _ := s.everywhere(); sides["green"] != 12 || sides["blue"] != 12 {
			t.Errorf("when half of them have it: %v", sides)
		}
		if took := arrivals[11].Sub(arrivals[0]); took > 15*time.Second {
			t.Errorf("half of them took %v longer than the first", took)
		}
		pass(arrivals[23].Sub(now()))
		if sides, _ := s.everywhere(); sides["green"] != 24 {
			t.Errorf("in the end: %v", sides)
		}

		updated, err := s.cf.UpdateFunction(t.Context(), &cloudfront.UpdateFunctionInput{Name: s.name, IfMatch: s.live, FunctionConfig: s.config(), FunctionCode: answering("two")})
		s.live = must(t, updated, err).ETag
		pass(time.Minute)
		if _, codes := s.everywhere(); codes["one"] != 24 {
			t.Errorf("what is in development serves: %v", codes)
		}
		s.publish()
		both := false
		for range 60 {
			pass(time.Second)
			if _, codes := s.everywhere(); codes["one"] > 0 && codes["two"] > 0 {
				both = true
			}
		}
		if _, codes := s.everywhere(); !both || codes["two"] != 24 {
			t.Errorf("published a minute ago: %v, both at one time: %t", codes, both)
		}
	})
}

// While a change arrives, an existing key can be missing, and the new value can go again.
func TestWhileAChangeArrivesAKeyFlaps(t *testing.T) {
	t.Parallel()
	for _, flaps := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newEdgeSplit(t, func(k *knob.Knobs) { k.StoreFlap = flaps })
			s.put("green")
			pop := 0
			for i, at := range s.CloudFront().StoreArrivals(*s.store) {
				if at.Sub(now()) > 6*time.Second {
					pop = i
				}
			}
			var order []string
			for range 1200 {
				if side, _ := s.seen(pop); len(order) == 0 || order[len(order)-1] != side {
					order = append(order, side)
				}
				pass(100 * time.Millisecond)
			}
			want := []string{"blue", "green"}
			if flaps {
				want = []string{"blue", "absent", "blue", "green", "absent", "blue", "green"}
			}
			if !slices.Equal(order, want) {
				t.Errorf("with flaps %t the key is in turn %v, want %v", flaps, order, want)
			}
		})
	}
}

// Half of all locations have a change within seconds, and the last one of 24 does not.
func TestAStoreTakesSecondsToMostAndAMinuteToAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newEdgeSplit(t)
		var each, last []time.Duration
		for i := range 400 {
			s.put(strconv.Itoa(i))
			var took []time.Duration
			for _, at := range s.CloudFront().StoreArrivals(*s.store) {
				took = append(took, at.Sub(now()))
			}
			each = append(each, took...)
			last = append(last, slices.Max(took))
			pass(15 * time.Minute)
		}
		slices.SortFunc(each, cmp.Compare)
		slices.SortFunc(last, cmp.Compare)
		median, p99, whole := each[len(each)/2], each[len(each)*99/100], last[len(last)/2]
		if median < 4*time.Second || median > 6*time.Second || p99 < 36*time.Second || p99 > 56*time.Second || whole < 25*time.Second || whole > 37*time.Second {
			t.Errorf("of one location the median is %v and the 99th percentile %v; of the last one of 24 the median is %v", median, p99, whole)
		}
	})
}

// CloudWatch knows functions by their names alone.
func TestFunctionsHaveMetrics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newEdgeSplit(t)
		began := now().Truncate(time.Minute)
		s.everywhere()
		pass(10 * time.Minute)
		api := cloudwatch.NewFromConfig(aws.Config{
			Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDTEST", "secret", ""), HTTPClient: &http.Client{Transport: s.Transport()}, BaseEndpoint: aws.String("https://sim.test"),
		})
		for metric, want := range map[string]float64{"FunctionInvocations": 24, "FunctionValidationErrors": 0, "FunctionExecutionErrors": 0, "FunctionThrottles": 0} {
			out, err := api.GetMetricStatistics(t.Context(), &cloudwatch.GetMetricStatisticsInput{
				Namespace: aws.String("AWS/CloudFront"), MetricName: &metric, StartTime: &began, EndTime: aws.Time(now()), Period: aws.Int32(3600), Statistics: []cwtypes.Statistic{cwtypes.StatisticSum},
				Dimensions: []cwtypes.Dimension{{Name: aws.String("FunctionName"), Value: s.name}, {Name: aws.String("Region"), Value: aws.String("Global")}},
			})
			if points := must(t, out, err).Datapoints; len(points) != 1 || *points[0].Sum != want {
				t.Errorf("%s is %+v, want %v", metric, points, want)
			}
		}
	})
}
