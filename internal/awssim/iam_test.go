package awssim_test

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// prefixes are the IAM prefixes of the services by signing name, where they differ.
var prefixes = map[string]string{"monitoring": "cloudwatch"}

// undeniable are the operations that need no permission.
var undeniable = []string{"sts:GetCallerIdentity", "sts:AssumeRoleWithWebIdentity"}

// renamed are the actions that are called like no operation of their service.
// Source: Service Authorization Reference.
var renamed = []string{
	"s3:ListBucket", "s3:ListBucketVersions", "s3:ListAllMyBuckets",
	"s3:GetAccelerateConfiguration", "s3:PutAccelerateConfiguration", "s3:GetBucketCORS", "s3:PutBucketCORS",
	"s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration",
	"s3:GetReplicationConfiguration", "s3:PutReplicationConfiguration", "s3:GetBucketNotification", "s3:PutBucketNotification",
	"s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock", "s3:GetBucketObjectLockConfiguration",
	"s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts",
}

func TestEveryServedOperationNeedsAnActionThatExists(t *testing.T) {
	t.Parallel()
	operations := awssim.New(awssim.Options{}).Operations()
	known := slices.Clone(renamed)
	for _, op := range operations {
		known = append(known, prefix(op.Service)+":"+op.Name)
	}
	for _, op := range operations {
		name := op.Service + ":" + op.Name
		switch {
		case !op.Served:
		case slices.Contains(undeniable, name):
			if len(op.Actions) != 0 {
				t.Errorf("%s cannot be denied, and is said to need %v", name, op.Actions)
			}
		case len(op.Actions) == 0:
			t.Errorf("%s needs no action", name)
		}
		for _, a := range op.Actions {
			if !slices.Contains(known, a) && op.Served {
				t.Errorf("%s needs %s, which is no action", name, a)
			}
		}
	}
}

func prefix(service string) string {
	if p, ok := prefixes[service]; ok {
		return p
	}
	return service
}

// raw sends a call of an operation without a sensible input, as far as the check of
// permissions, and returns the answer.
func raw(t *testing.T, w *awssim.World, op awssim.Operation) (int, string) {
	t.Helper()
	model := wire.LoadModel(op.Service)
	shape := model.Operations[op.Name]
	uri := regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(shape.HTTP.URI, "X")
	body := ""
	req, err := http.NewRequestWithContext(t.Context(), shape.HTTP.Method, "https://sim.test"+uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	switch model.Metadata.Protocol {
	case "json":
		req.Header.Set("X-Amz-Target", model.Metadata.TargetPrefix+"."+op.Name)
	case "query", "smithy-rpc-v2-cbor": // the older of the two does for both
		body = "Action=" + op.Name + "&Version=" + model.Metadata.APIVersion
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	default:
		require(model, shape, req)
	}
	req.Body = io.NopCloser(strings.NewReader(body))
	req.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=AKIDTEST/20260101/us-east-1/%s/aws4_request, SignedHeaders=host, Signature=0", op.Service))
	if op.Service == "cloudfront-keyvaluestore" { // which takes no other signature
		req.Header.Set("Authorization", "AWS4-ECDSA-P256-SHA256 Credential=AKIDTEST/20260101/"+op.Service+"/aws4_request, SignedHeaders=host, Signature=00")
		req.Header.Set("X-Amz-Region-Set", "*")
	}
	resp, err := w.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("X-Amzn-Errortype") + " " + string(answer) // Lambda's code is in the header alone
}

func TestEveryServedOperationIsDeniedWithoutEachOfItsActions(t *testing.T) {
	t.Parallel()
	w := awssim.New(awssim.Options{})
	for _, op := range w.Operations() {
		if !op.Served {
			continue
		}
		w.Allow(append([]string{"nothing:Else"}, op.Actions...)...)
		if status, answer := raw(t, w, op); status == http.StatusForbidden {
			t.Errorf("%s:%s with %v: %s", op.Service, op.Name, op.Actions, answer)
		}
		for _, missing := range op.Actions {
			w.Allow(append([]string{"nothing:Else"}, slices.DeleteFunc(slices.Clone(op.Actions), func(a string) bool { return a == missing })...)...)
			status, answer := raw(t, w, op)
			if method := wire.LoadModel(op.Service).Operations[op.Name].HTTP.Method; method == http.MethodHead { // whose answers have no body to name anything in
				if status != http.StatusForbidden {
					t.Errorf("%s:%s without %s: %d", op.Service, op.Name, missing, status)
				}
				continue
			}
			if !strings.Contains(answer, "AccessDenied") || !strings.Contains(answer, "perform: "+missing) {
				t.Errorf("%s:%s without %s: %s", op.Service, op.Name, missing, answer)
			}
		}
	}
}

func TestAPolicyIsAboutResourcesToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(t, awssim.New(awssim.Options{Propagation: time.Minute}))
		blue, green, other := a.distribution("blue", www), a.distribution("green"), a.distribution("other")
		zone := a.zone()
		pass(10 * time.Minute)
		calls := map[string]func() error{
			"read blue": func() error {
				_, err := a.cf.GetDistribution(t.Context(), &cloudfront.GetDistributionInput{Id: blue.Id})
				return err
			},
			"read other": func() error {
				_, err := a.cf.GetDistribution(t.Context(), &cloudfront.GetDistributionInput{Id: other.Id})
				return err
			},
			"list": func() error {
				_, err := a.cf.ListDistributions(t.Context(), &cloudfront.ListDistributionsInput{})
				return err
			},
			"who": func() error {
				_, err := a.cf.ListDomainConflicts(t.Context(), &cloudfront.ListDomainConflictsInput{
					Domain: aws.String(www), DomainControlValidationResource: &types.DistributionResourceId{DistributionId: green.Id},
				})
				return err
			},
			"move": func() error {
				_, err := a.cf.AssociateAlias(t.Context(), &cloudfront.AssociateAliasInput{Alias: aws.String(www), TargetDistributionId: green.Id})
				return err
			},
			"records": func() error {
				_, err := a.r53.ListResourceRecordSets(t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(zone)})
				return err
			},
		}
		statement := func(effect, action, resource string) string {
			return fmt.Sprintf(`{"Effect":%q,"Action":%s,"Resource":%s}`, effect, action, resource)
		}
		arns := fmt.Sprintf(`[%q,%q]`, aws.ToString(blue.ARN), aws.ToString(green.ARN))
		for _, c := range []struct {
			name       string
			statements []string
			denied     []string
		}{
			{"everything", []string{statement("Allow", `"*"`, `"*"`)}, nil},
			{
				"one side only: the source of a move is written to as well",
				[]string{statement("Allow", `["cloudfront:*"]`, fmt.Sprintf("%q", aws.ToString(green.ARN)))},
				[]string{"list", "move", "read blue", "read other", "records"},
			},
			{"both sides", []string{statement("Allow", `["cloudfront:*","route53:*"]`, arns)}, []string{"list", "read other", "records"}},
			{"any distribution: a list is about none", []string{statement("Allow", `"cloudfront:*"`, `"arn:aws:cloudfront::*:distribution/*"`)}, []string{"list", "records"}},
			{"a zone", []string{statement("Allow", `"route53:List*"`, fmt.Sprintf(`"arn:aws:route53:::%s"`, strings.TrimPrefix(zone, "/")))}, []string{"list", "move", "read blue", "read other", "who"}},
			{"a denial wins", []string{statement("Allow", `"*"`, `"*"`), statement("Deny", `"cloudfront:get?istribution"`, arns)}, []string{"read blue", "who"}},
		} {
			if err := a.Restrict(`{"Version":"2012-10-17","Statement":[` + strings.Join(c.statements, ",") + `]}`); err != nil {
				t.Fatal(err)
			}
			var denied []string
			for name, call := range calls {
				if err := call(); err != nil && strings.Contains(err.Error(), "AccessDenied") {
					denied = append(denied, name)
				}
			}
			if slices.Sort(denied); !slices.Equal(denied, c.denied) {
				t.Errorf("%s: denied %q, want %q", c.name, denied, c.denied)
			}
			a.Allow()
			back, err := a.cf.AssociateAlias(t.Context(), &cloudfront.AssociateAliasInput{Alias: aws.String(www), TargetDistributionId: blue.Id})
			must(t, back, err)
		}
	})
}

// CloudFront asks Lambda in the caller's name, and answers with what it was told.
func TestVersionsOfFunctionsComeAndGoInTheNameOfWhoUpdates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(t, awssim.New(awssim.Options{Propagation: time.Minute}))
		d := a.distribution("blue")
		version := "arn:aws:lambda:us-east-1:123456789012:function:edge:1"
		associate := func(arns ...string) error {
			got, err := a.cf.GetDistributionConfig(t.Context(), &cloudfront.GetDistributionConfigInput{Id: d.Id})
			must(t, got, err)
			l := &types.LambdaFunctionAssociations{Quantity: aws.Int32(int32(len(arns)))} //nolint:gosec // one or none
			for _, arn := range arns {
				l.Items = append(l.Items, types.LambdaFunctionAssociation{EventType: types.EventTypeOriginRequest, LambdaFunctionARN: aws.String(arn)})
			}
			got.DistributionConfig.DefaultCacheBehavior.LambdaFunctionAssociations = l
			_, err = a.cf.UpdateDistribution(t.Context(), &cloudfront.UpdateDistributionInput{Id: d.Id, IfMatch: got.ETag, DistributionConfig: got.DistributionConfig})
			return err
		}
		policy := func(lambda ...string) {
			t.Helper()
			actions, resource := "", "arn:aws:lambda:us-east-1:123456789012:function:edge:*"
			for _, l := range lambda {
				actions += fmt.Sprintf(`,{"Effect":"Allow","Action":"lambda:%s","Resource":%q}`, l, resource)
			}
			if err := a.Restrict(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cloudfront:*","Resource":"*"}` + actions + `]}`); err != nil {
				t.Fatal(err)
			}
		}
		refused := func(err error, action string) {
			t.Helper()
			if err == nil || !strings.Contains(err.Error(), "InvalidLambdaFunctionAssociation") || !strings.Contains(err.Error(), "permission: lambda:"+action+" for resource: "+version) {
				t.Errorf("without %s: %v", action, err)
			}
		}
		policy("EnableReplication*")
		refused(associate(version), "GetFunction")
		policy("GetFunction")
		refused(associate(version), "EnableReplication*")
		policy("GetFunction", "EnableReplication*")
		if err := associate(version); err != nil {
			t.Errorf("with both: %v", err)
		}
		policy()
		if err := associate(version); err != nil {
			t.Errorf("what is associated already needs nothing: %v", err)
		}
		refused(associate(), "DisableReplication*")
		policy("DisableReplication*")
		if err := associate(); err != nil {
			t.Error(err)
		}
	})
}

func TestAPolicyThatIsNotUnderstoodIsRefused(t *testing.T) {
	t.Parallel()
	w := awssim.New(awssim.Options{})
	for _, document := range []string{
		``, `{}`, `[]`, `{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
		`{"Version":"2012-10-17","Statement":[]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*"}]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Maybe","Action":"*","Resource":"*"}]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{}}]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"*","Resource":"*"}]}`,
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}} and more`,
	} {
		if err := w.Restrict(document); err == nil {
			t.Errorf("accepted %s", document)
		}
	}
	if err := w.Restrict(`{"Version":"2012-10-17","Id":"x","Statement":{"Sid":"one","Effect":"Allow","Action":"*","Resource":"*"}}`); err != nil {
		t.Error(err)
	}
}
