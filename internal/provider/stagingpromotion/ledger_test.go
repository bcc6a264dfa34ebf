package stagingpromotion_test

import (
	"bytes"
	"context"
	"encoding/json"
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
			t.Errorf("wrote %v", acctest.Operations(w))
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

// A run of another build has written the ledger: the same configuration has another text
// there, one part for each generation of settings that the build knows.
func TestALedgerOfAnotherBuildIsAboutTheSameConfigurations(t *testing.T) {
	t.Parallel()
	respell := func(t *testing.T, r *rig, client *s3.Client) {
		t.Helper()
		ctx, key := context.Background(), aws.String("cdn-staging-promotion/"+r.Blue.ID+".json")
		out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: key})
		if err != nil {
			t.Fatal(err)
		}
		entry := map[string]any{}
		if err := json.NewDecoder(out.Body).Decode(&entry); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"content", "settled"} {
			entry[name] = entry[name].(string) + "." // one that is not in use
		}
		raw, err := json.Marshal(entry)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(bucket), Key: key, Body: bytes.NewReader(raw)}); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("what failed is not tried again", func(t *testing.T) {
		t.Parallel()
		running(t, func(t *testing.T, r *rig) {
			client := r.bucket(t)
			r.sicken("next.origin.test")
			ask := r.ask("two", afterOnly, acctest.Config{"snapshot_bucket": bucket})
			state := r.core.State
			expectSays(t, r.apply(t, ask).Errors(), "Release failed and was rolled back")
			r.core.State = state
			respell(t, r, client)
			seq := r.World.Journal().Seq()
			expectSays(t, r.apply(t, ask).Errors(), "This release has failed before")
			if w := r.Writes(seq); len(w) > 0 {
				t.Errorf("wrote %v", acctest.Operations(w))
			}
		})
	})
	t.Run("what was taken back is no drift", func(t *testing.T) {
		t.Parallel()
		running(t, func(t *testing.T, r *rig) {
			client := r.bucket(t)
			ask := r.ask("two", afterOnly, acctest.Config{"snapshot_bucket": bucket})
			if d := r.apply(t, ask).Errors(); len(d) > 0 {
				t.Fatal(d)
			}
			respell(t, r, client)
			got, err := r.core.InvokeAction(context.Background(), "cdn_roll_back", acctest.Config{
				"primary_distribution_id": r.Blue.ID, "staging_distribution_id": r.staging.ID, "policy_id": r.policy, "snapshot_bucket": bucket,
			})
			if err != nil || len(got.Diags.Errors()) > 0 {
				t.Fatal(err, got.Diags)
			}
			r.expect(t, "blue.origin.test")
			respell(t, r, client)
			if p, err := r.core.Plan(context.Background(), ask); err != nil || r.core.Get("phase") == "drifted" {
				t.Errorf("%v %s, phase %s", err, p.Diags, r.core.Get("phase"))
			}
			if got := r.core.Get("settled_release"); got != "one" {
				t.Errorf("settled is %s", got)
			}
		})
	})
}
