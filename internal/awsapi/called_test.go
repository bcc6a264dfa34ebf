package awsapi_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	kvs "github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	simsts "github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
)

// Each attempt is told, with what it was answered; and whose answer is lost, without.
func TestEachAttemptIsToldWithWhatItWasAnswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := awssim.New(awssim.Options{})
		sim.Faults().Add(fault.Fault{Operation: "GetHostedZone", Kind: fault.Answer, Code: "Throttling", Status: 400, Count: 1, Message: "a secret in words"})
		var told []awsapi.Call
		session := load(t, sim, awsapi.Config{
			AccessKey: "AKID", SecretKey: "secret", MaxRetries: 2, Called: func(_ context.Context, c awsapi.Call) { told = append(told, c) },
		})
		if err := everyOperation(session.Config)["GetHostedZone"](t.Context()); err == nil {
			t.Fatal("there is no such zone")
		}
		if len(told) != 2 {
			t.Fatalf("%d attempts were told: %+v", len(told), told)
		}
		for i, want := range []awsapi.Call{
			{Attempt: 1, Status: 400, Code: "Throttling", Kind: "throttled"},
			{Attempt: 2, Status: 404, Code: "NoSuchHostedZone", Kind: "not found"},
		} {
			want.Service, want.Operation, want.ID = "Route 53", "GetHostedZone", "E1EXAMPLE"
			got := told[i]
			if got.RequestID == "" || got.Took < 0 || !got.Refused() {
				t.Errorf("%+v", got)
			}
			if got.RequestID, got.Took = "", 0; got != want {
				t.Errorf("told %+v, want %+v", got, want)
			}
		}
	})
}

// What stands between AWS and us may answer anything, where AWS has codes and ids.
func TestWhatIsNoCodeOfAWSsIsNotTold(t *testing.T) {
	t.Parallel()
	sim := awssim.New(awssim.Options{})
	sim.Faults().Add(fault.Fault{Operation: "GetHostedZone", Kind: fault.Answer, Code: "Your password hunter2 is wrong", Status: 400})
	var told awsapi.Call
	session := load(t, sim, awsapi.Config{AccessKey: "AKID", SecretKey: "secret", MaxRetries: 1, Called: func(_ context.Context, c awsapi.Call) { told = c }})
	if err := everyOperation(session.Config)["GetHostedZone"](t.Context()); err == nil {
		t.Fatal("it was refused")
	}
	if told.Code != "(not shown)" || told.Kind != "refused" {
		t.Errorf("told %+v", told)
	}
}

// Every operation, refused or not, is told by its name, and a call is not other because of it.
func TestEveryOperationIsTold(t *testing.T) {
	t.Parallel()
	sim := awssim.New(awssim.Options{})
	var told []awsapi.Call
	session := load(t, sim, awsapi.Config{AccessKey: "AKID", SecretKey: "secret", MaxRetries: 1, Called: func(_ context.Context, c awsapi.Call) { told = append(told, c) }})
	for operation, call := range everyOperation(session.Config) {
		told = nil
		err := call(t.Context())
		if operation == "ListResourceRecordSetProtections" {
			continue // it is another one that is called there
		}
		if len(told) == 0 || told[0].Operation != operation || told[0].Attempt != 1 || told[0].Status == 0 {
			t.Errorf("%s: told %+v", operation, told)
			continue
		}
		last := told[len(told)-1]
		if (err != nil) != (last.Kind != "") {
			t.Errorf("%s answered %v, and told %+v", operation, err, last)
		}
		refused, ok := awsapi.Refusal(err)
		if last.ID, last.Attempt, last.Took = "", 0, 0; ok != (err != nil) || ok && refused != last {
			t.Errorf("%s: of its error it says %+v, and told %+v", operation, refused, last)
		}
	}
}

// inputs has, by service, an input of each operation whose members are named.
func inputs() map[string][]any {
	return map[string][]any{
		"CloudFront": {
			cloudfront.AssociateAliasInput{},
			cloudfront.CopyDistributionInput{},
			cloudfront.CreateContinuousDeploymentPolicyInput{},
			cloudfront.CreateFunctionInput{},
			cloudfront.CreateInvalidationInput{},
			cloudfront.CreateKeyValueStoreInput{},
			cloudfront.DeleteContinuousDeploymentPolicyInput{},
			cloudfront.DeleteDistributionInput{},
			cloudfront.DeleteFunctionInput{},
			cloudfront.DeleteKeyValueStoreInput{},
			cloudfront.DescribeFunctionInput{},
			cloudfront.DescribeKeyValueStoreInput{},
			cloudfront.GetCachePolicyInput{},
			cloudfront.GetContinuousDeploymentPolicyInput{},
			cloudfront.GetDistributionInput{},
			cloudfront.GetDistributionConfigInput{},
			cloudfront.GetFunctionInput{},
			cloudfront.GetInvalidationInput{},
			cloudfront.ListContinuousDeploymentPoliciesInput{},
			cloudfront.ListDistributionsInput{},
			cloudfront.ListDomainConflictsInput{},
			cloudfront.ListFunctionsInput{},
			cloudfront.ListInvalidationsInput{},
			cloudfront.ListTagsForResourceInput{},
			cloudfront.PublishFunctionInput{},
			cloudfront.TagResourceInput{},
			cloudfront.TestFunctionInput{},
			cloudfront.UpdateContinuousDeploymentPolicyInput{},
			cloudfront.UpdateDistributionInput{},
			cloudfront.UpdateDistributionWithStagingConfigInput{},
			cloudfront.UpdateDomainAssociationInput{},
		},
		"CloudFront KeyValueStore": {kvs.DescribeKeyValueStoreInput{}, kvs.GetKeyInput{}, kvs.PutKeyInput{}},
		"Route 53": {
			route53.ChangeResourceRecordSetsInput{}, route53.GetChangeInput{}, route53.GetHostedZoneInput{}, route53.ListResourceRecordSetProtectionsInput{}, route53.ListResourceRecordSetsInput{},
		},
		"ACM": {acm.DescribeCertificateInput{}}, "CloudWatch": {cloudwatch.DescribeAlarmsInput{}, cloudwatch.GetMetricDataInput{}}, "Lambda": {lambda.GetFunctionConfigurationInput{}},
		"S3": {s3.GetBucketPolicyInput{}, s3.GetObjectInput{}, s3.PutObjectInput{}}, "STS": {sts.GetCallerIdentityInput{}},
	}
}

// services are the SDK's packages, by what they call themselves.
var services = map[string]string{
	"acm": acm.ServiceID, "cloudfront": cloudfront.ServiceID, "cloudfrontkeyvaluestore": kvs.ServiceID, "cloudwatch": cloudwatch.ServiceID,
	"lambda": lambda.ServiceID, "route53": route53.ServiceID, "s3": s3.ServiceID, "sts": sts.ServiceID,
}

// What of an input may be shown is decided for each operation that is called, by whoever
// adds it; and nothing is decided for those that are not.
func TestForEveryOperationItIsDecidedWhatOfItsInputIsShown(t *testing.T) {
	t.Parallel()
	sent := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		named := map[string]string{}
		for _, i := range file.Imports {
			whole, _ := strconv.Unquote(i.Path.Value)
			pkg, ok := strings.CutPrefix(whole, "github.com/aws/aws-sdk-go-v2/service/")
			if !ok || strings.Contains(pkg, "/") {
				continue
			}
			if services[pkg] == "" {
				t.Errorf("%s calls %s, which this test does not know", path, pkg)
			}
			if name := pkg; i.Name != nil {
				named[i.Name.Name] = services[pkg]
			} else {
				named[name] = services[pkg]
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if of, ok := n.(*ast.SelectorExpr); ok {
				pkg, _ := of.X.(*ast.Ident)
				operation, input := strings.CutSuffix(of.Sel.Name, "Input")
				if pkg != nil && named[pkg.Name] != "" && input {
					sent[named[pkg.Name]+"."+operation] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	decided := map[string]bool{}
	for service, operations := range awsapi.IDs {
		for operation := range operations {
			decided[service+"."+operation] = true
		}
	}
	if len(sent) < 40 || !maps.Equal(sent, decided) {
		t.Errorf("what of their input is shown is decided for\n%q\nand they are called:\n%q", slices.Sorted(maps.Keys(decided)), slices.Sorted(maps.Keys(sent)))
	}
}

// A member that is misspelled would show nothing; one that is no text could hold anything.
func TestWhatOfAnInputIsShownIsThereAndIsAName(t *testing.T) {
	t.Parallel()
	found := 0
	for service, all := range inputs() {
		for _, input := range all {
			operation := strings.TrimSuffix(reflect.TypeOf(input).Name(), "Input")
			for _, member := range awsapi.IDs[service][operation] {
				found++
				typ := reflect.TypeOf(input)
				for name := range strings.SplitSeq(member, ".") {
					field, ok := typ.FieldByName(name)
					if typ = field.Type; !ok {
						t.Fatalf("%s.%s has no %s", service, operation, member)
					}
					if typ.Kind() == reflect.Pointer {
						typ = typ.Elem()
					}
				}
				if typ.Kind() != reflect.String && typ != reflect.TypeFor[[]string]() {
					t.Errorf("%s of %s.%s is a %s", member, service, operation, typ)
				}
				if slices.Contains([]string{"IfMatch", "Value", "Body", "FunctionCode", "EventObject", "Tags", "CallerReference"}, member) {
					t.Errorf("%s of %s.%s is content", member, service, operation)
				}
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d members are named", found)
	}
}

func TestWhatACallIsAboutIsPutTogether(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct {
		service, operation string
		input              any
	}{
		"www.example.com E2": {"CloudFront", "UpdateDomainAssociation", &cloudfront.UpdateDomainAssociationInput{
			Domain: aws.String("www.example.com"), TargetResource: target("E2"), IfMatch: aws.String("ETAG"),
		}},
		"one two": {"CloudWatch", "DescribeAlarms", &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{"one", "two"}, AlarmNamePrefix: aws.String("no")}},
		"E1":      {"CloudFront", "UpdateDistributionWithStagingConfig", &cloudfront.UpdateDistributionWithStagingConfigInput{Id: aws.String("E1")}},
		"":        {"CloudFront", "ListDomainConflicts", &cloudfront.ListDomainConflictsInput{}},
	} {
		if got := awsapi.About(c.service, c.operation, c.input); got != want {
			t.Errorf("%s is about %q, want %q", c.operation, got, want)
		}
	}
	if got := awsapi.About("S3", "DeleteBucket", &s3.DeleteBucketInput{Bucket: aws.String("secret")}); got != "" {
		t.Errorf("nobody has decided that %q is shown", got)
	}
}

func target(id string) *cftypes.DistributionResourceId {
	return &cftypes.DistributionResourceId{DistributionId: aws.String(id)}
}

// Whoever may not be somebody finds out who that was, and what AWS said, though not in words.
func TestWhoCouldNotBeAssumedIsTold(t *testing.T) {
	t.Parallel()
	for arn, want := range map[string]awsapi.Call{
		deploy: {Service: "STS", Operation: "AssumeRole", ID: deploy},
		"arn:aws:iam::123456789012:role/nobody": {
			Service: "STS", Operation: "AssumeRole", ID: "arn:aws:iam::123456789012:role/nobody", Status: 403, Code: "AccessDenied", Kind: "access denied",
		},
	} {
		var told []awsapi.Call
		sim := awssim.New(awssim.Options{})
		sim.Identity().AddRole(simsts.Role{Name: "deploy", Trusts: []string{"*"}})
		session := load(t, sim, awsapi.Config{
			AccessKey: "AKID", SecretKey: "secret", AssumeRole: []awsapi.Role{{RoleARN: arn}}, Called: func(_ context.Context, c awsapi.Call) { told = append(told, c) },
		})
		_ = ask(t.Context(), session) // there is no such distribution either
		if len(told) == 0 {
			t.Fatalf("%s: nothing was told", arn)
		}
		got := told[0]
		if got.RequestID, got.Took = "", 0; got != want {
			t.Errorf("told %+v, want %+v", got, want)
		}
	}
}
