package awssim_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

func TestUsersAndRolesAreAddedByTheAdminInterface(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(t, awssim.New(awssim.Options{}))
		role := admin[map[string]string](a, 200, "POST roles", `{"name":"ci/deploy","trusts":["*"],"max_session":"2h","allow":["cloudfront:Get*"]}`)["arn"]
		out := sure(a.sts.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("test"), DurationSeconds: aws.Int32(7200)}))
		if *out.AssumedRoleUser.Arn != "arn:aws:sts::123456789012:assumed-role/deploy/test" {
			t.Errorf("it is %s", *out.AssumedRoleUser.Arn)
		}
		user := admin[map[string]string](a, 200, "POST users", `{"name":"alice","access_key":"AKIAALICE","secret_key":"s3cr3t"}`)["arn"]
		alice := sts.NewFromConfig(aws.Config{
			Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKIAALICE", "s3cr3t", ""), HTTPClient: &http.Client{Transport: a.Transport()},
		})
		if who := sure(alice.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})); *who.Arn != user {
			t.Errorf("alice is %s, want %s", *who.Arn, user)
		}
		if _, err := a.sts.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err == nil {
			t.Error("a stranger is still known")
		}
		for call, body := range map[string]string{
			"POST roles": `{"name":"nobody"}`, "POST users": `{"name":"nobody"}`,
		} {
			admin[any](a, 400, call, body)
		}
		admin[any](a, 400, "POST roles", `{"name":"long","trusts":["*"],"max_session":"13h"}`)
	})
}

func TestAFaultCanQuoteWhatWasSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(t, awssim.New(awssim.Options{}))
		a.Faults().Add(fault.Fault{Kind: fault.Answer, Code: "SignatureDoesNotMatch", Status: 403, Message: "It should have been", Quote: true})
		with := cloudfront.NewFromConfig(aws.Config{
			Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("ASIA", "secret", "the-token"), HTTPClient: &http.Client{Transport: a.Transport()},
		})
		_, err := with.GetDistribution(t.Context(), &cloudfront.GetDistributionInput{Id: aws.String("E1")})
		if err == nil || !strings.Contains(err.Error(), "It should have been\nx-amz-security-token:the-token") {
			t.Errorf("answered %v", err)
		}
	})
}

func TestAccountsAreAddedAndLimitedByTheAdminInterface(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(t, awssim.New(awssim.Options{}))
		admin[any](a, 200, "POST accounts", `{"account":"111122223333","access_keys":["AKIDOTHER"]}`)
		admin[any](a, 400, "POST accounts", `{"account":"1111-2222-3333"}`)
		other := cloudfront.NewFromConfig(aws.Config{
			Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDOTHER", "any", ""), HTTPClient: &http.Client{Transport: a.Transport()},
		})
		list := func(api *cloudfront.Client) error {
			_, err := api.ListDistributions(t.Context(), &cloudfront.ListDistributionsInput{})
			return err
		}
		a.distribution("blue", www)
		admin[any](a, 200, "POST allow?account=111122223333", `["cloudfront:GetDistribution"]`)
		admin[any](a, 400, "POST allow?account=444455556666", `["cloudfront:GetDistribution"]`)
		if err := list(other); err == nil || !strings.Contains(err.Error(), "arn:aws:iam::111122223333:user/simulated is not authorized") {
			t.Errorf("the other account may list: %v", err)
		}
		if err := list(a.cf); err != nil {
			t.Errorf("the first account may not list: %v", err)
		}
		if s := admin[awssim.State](a, 200, "GET state", ""); len(s.Accounts) != 2 || len(s.Distributions) != 1 || s.Distributions[0].Account != "123456789012" {
			t.Errorf("state %+v", s)
		}
	})
}
