package stagingpromotion_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

const bucket = "snapshots"

// bucket makes the bucket that snapshots go to.
func (r *rig) bucket(tb testing.TB) *s3.Client {
	tb.Helper()
	client := s3.NewFromConfig(aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: r.World.Transport()}, Credentials: credentials.NewStaticCredentialsProvider("AKIDBYHAND", "secret", ""),
	})
	if _, err := client.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: aws.String(bucket)}); err != nil {
		tb.Fatal(err)
	}
	return client
}

// A run that dies between its rollback and the end of the apply has told nobody but the
// bucket. The next one stops, and does not send viewers to the bad release again.
func TestWithABucketARollbackThatNobodyHeardOfIsRemembered(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.bucket(t)
		r.sicken("next.origin.test")
		ask := r.ask("two", afterOnly, acctest.Config{"snapshot_bucket": bucket})
		state := r.core.State
		expectSays(t, r.apply(t, ask).Errors(), "Release failed and was rolled back")
		r.core.State = state // it died before it could say so
		seq := r.World.Journal().Seq()
		expectSays(t, r.apply(t, ask).Errors(), "This release has failed before")
		if w := r.Writes(seq); len(w) > 0 {
			t.Errorf("wrote %v", operations(w))
		}
		if r.core.Get("phase") != "rolled_back" || within(r.core, "failed", "release") != "two" || r.core.Get("release") != "one" {
			t.Errorf("state %s", r.core.State)
		}
		expectSays(t, r.expectEmpty(t, ask).Diags, "A failed release is not tried again")
		r.heal("next.origin.test")
		again := r.ask("two", afterOnly, acctest.Config{"snapshot_bucket": bucket, "retry": "repaired"})
		if d := r.apply(t, again).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		r.expectEmpty(t, again)
	})
}

// The way back is in the bucket before the release begins.
func TestTheBucketHasTheWayBackBeforeThePromotion(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		client := r.bucket(t)
		var kept []byte
		r.World.Faults().Add(fault.Fault{Operation: "UpdateDistributionWithStagingConfig", Count: 1, Hook: func() {
			out, err := client.GetObject(context.Background(), &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("cdn-staging-promotion/" + r.Blue.ID + ".json")})
			if err == nil {
				kept, err = io.ReadAll(out.Body)
			}
			if err != nil {
				t.Error(err)
			}
		}})
		if d := r.apply(t, r.ask("two", afterOnly, acctest.Config{"snapshot_bucket": bucket})).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		for _, want := range []string{"blue.origin.test", `"release":"two"`} {
			if !strings.Contains(string(kept), want) {
				t.Errorf("%s is not in %s", want, kept)
			}
		}
	})
}
