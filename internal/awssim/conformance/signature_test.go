package conformance

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestSignaturesExpire(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api := c.storage("us-east-1")
		c.bucket(api, "site")
		must(c.put(api, "site", "k", "x"))
		url := must(s3.NewPresignClient(api, s3.WithPresignExpires(time.Minute)).PresignGetObject(c.ctx, &s3.GetObjectInput{Bucket: aws.String("site"), Key: aws.String("k")})).URL
		get := func() (int, string) {
			resp := must(c.sim.Transport().RoundTrip(must(http.NewRequestWithContext(c.ctx, http.MethodGet, url, nil))))
			defer resp.Body.Close()
			return resp.StatusCode, string(must(io.ReadAll(resp.Body)))
		}
		if status, body := get(); status != http.StatusOK || body != "x" {
			t.Errorf("at once: %d %s", status, body)
		}
		pass(2 * time.Minute)
		if status, body := get(); status != http.StatusForbidden || !strings.Contains(body, "Request has expired") {
			t.Errorf("too late: %d %s", status, body)
		}

		late := func(service, at string) string {
			req := must(http.NewRequestWithContext(c.ctx, http.MethodGet, "https://"+service+".amazonaws.com/2020-05-31/distribution", nil))
			req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDTEST/20000101/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
			req.Header.Set("X-Amz-Date", at)
			resp := must(c.sim.Transport().RoundTrip(req))
			defer resp.Body.Close()
			return string(must(io.ReadAll(resp.Body)))
		}
		for at, want := range map[string]string{"19991231T233000Z": "Signature expired", "20000101T003000Z": "Signature not yet current", "20000101T000500Z": "DistributionList"} {
			if got := late("cloudfront", at); !strings.Contains(got, want) {
				t.Errorf("signed at %s: %s", at, got)
			}
		}
		if got := late("s3", "19991231T233000Z"); !strings.Contains(got, "<Code>RequestTimeTooSkewed</Code>") {
			t.Errorf("S3 answers %s", got)
		}
	})
}
