package awsapi_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
)

// Who looks for a write in CloudTrail, or asks AWS about it, needs its id; that of a read
// would be taken for it.
func TestTheRequestIDOfEachWriteIsHandedOn(t *testing.T) {
	t.Parallel()
	var handed []string
	sim := awssim.New(awssim.Options{})
	session := load(t, sim, awsapi.Config{
		AccessKey: "AKID", SecretKey: "secret", MaxRetries: 1,
		Answered: func(_ context.Context, request string) { handed = append(handed, request) },
	})
	for operation, call := range everyOperation(session.Config) {
		handed = nil
		err := call(t.Context())
		refusal, ok := errors.AsType[interface {
			error
			ServiceRequestID() string
		}](err)
		if _, plain := errors.AsType[*awshttp.ResponseError](err); !ok && err != nil && plain {
			t.Errorf("%s: %v has no id", operation, err)
			continue
		}
		read := slices.ContainsFunc([]string{"Get", "List", "Describe", "Head"}, func(verb string) bool { return strings.HasPrefix(operation, verb) })
		switch {
		case read && len(handed) > 0:
			t.Errorf("%s is a read, and %q was handed on", operation, handed)
		case !read && len(handed) != 1:
			t.Errorf("%s: handed on %q", operation, handed)
		case !read && ok && refusal.ServiceRequestID() != handed[0]:
			t.Errorf("%s: handed on %q, and the error has %q", operation, handed, refusal.ServiceRequestID())
		case !read && handed[0] == "":
			t.Errorf("%s: no id", operation)
		}
	}
}
