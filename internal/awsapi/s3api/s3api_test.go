package s3api_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/s3api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
)

const bucket, key = "snapshots", "cdn-staging-promotion/E1.json"

func config(rt http.RoundTripper) aws.Config {
	return aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: rt}, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	}
}

// in runs a test with an empty bucket.
func in(t *testing.T, test func(t *testing.T, sim *awssim.World, c *s3api.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sim := awssim.New(awssim.Options{})
		if _, err := s3.NewFromConfig(config(sim.Transport())).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(bucket)}); err != nil {
			t.Fatal(err)
		}
		test(t, sim, s3api.New(config(sim.Transport()), ""))
	})
}

// Who writes has seen what is there: nobody else's object is overwritten, and none that
// appeared meanwhile.
func TestAnObjectIsWrittenOverNothingButWhatWasSeen(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, _ *awssim.World, c *s3api.Client) {
		none, err := c.Get(t.Context(), bucket, key)
		if err != nil || none.ETag != "" || len(none.Body) > 0 {
			t.Fatalf("nothing is %+v, %v", none, err)
		}
		first, err := c.Put(t.Context(), bucket, key, none, []byte("one"))
		if err != nil || first.ETag == "" {
			t.Fatalf("%+v, %v", first, err)
		}
		if _, err := c.Put(t.Context(), bucket, key, none, []byte("another")); !errors.Is(err, awsapi.ErrStale) {
			t.Errorf("over an object that appeared: %v", err)
		}
		second, err := c.Put(t.Context(), bucket, key, first, []byte("two"))
		if err != nil || second.ETag == first.ETag {
			t.Fatalf("%+v, %v", second, err)
		}
		if _, err := c.Put(t.Context(), bucket, key, first, []byte("another")); !errors.Is(err, awsapi.ErrStale) {
			t.Errorf("over an object that changed: %v", err)
		}
		if got, err := c.Get(t.Context(), bucket, key); err != nil || string(got.Body) != "two" || got.ETag != second.ETag {
			t.Errorf("%s %+v, %v", got.Body, got, err)
		}
	})
}

// Nothing is concluded from an answer that may mean either.
func TestWhoMayNotListIsNotToldThatThereIsNothing(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, sim *awssim.World, c *s3api.Client) {
		if _, err := c.Get(t.Context(), "nobodys", key); !errors.Is(err, awsapi.ErrRefused) {
			t.Errorf("a bucket that is not there: %v", err)
		}
		sim.Allow("s3:GetObject", "s3:PutObject")
		if got, err := c.Get(t.Context(), bucket, key); !errors.Is(err, awsapi.ErrDenied) {
			t.Errorf("%+v, %v", got, err)
		}
		sim.Allow("s3:GetObject", "s3:ListBucket")
		if _, err := c.Put(t.Context(), bucket, key, s3api.Object{}, nil); !errors.Is(err, awsapi.ErrDenied) {
			t.Errorf("%v", err)
		}
	})
}

type hosts struct{ asked []string }

func (h *hosts) RoundTrip(req *http.Request) (*http.Response, error) {
	h.asked = append(h.asked, req.URL.Host+req.URL.Path)
	return nil, http.ErrServerClosed
}

// Under an address of one's own nobody resolves the names of buckets, whoever named it.
func TestBucketsOfAnotherAddressAreInThePath(t *testing.T) {
	const want = "gateway.test/" + bucket + "/" + key
	for name, tt := range map[string]struct{ configured, environment, want string }{
		"by configuration":   {configured: "http://gateway.test", want: want},
		"by the environment": {environment: "http://gateway.test", want: want},
		"of AWS":             {want: bucket + ".s3.us-east-1.amazonaws.com/" + key},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_ENDPOINT_URL_S3", tt.environment)
			environment, err := awsconfig.NewEnvConfig()
			if err != nil {
				t.Fatal(err)
			}
			h := &hosts{}
			cfg := config(h)
			cfg.ConfigSources = []any{environment}
			if _, err := s3api.New(cfg, tt.configured).Get(t.Context(), bucket, key); err == nil {
				t.Error("nobody answered, and there is no error")
			}
			if len(h.asked) != 1 || h.asked[0] != tt.want {
				t.Errorf("%q were asked, want %s", h.asked, tt.want)
			}
		})
	}
}
