package conformance

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
)

// route53Client is an unmodified SDK client on the world's transport.
func route53Client(t *testing.T, w *awssim.World) *route53.Client {
	t.Helper()
	t.Cleanup(func() { audit(t, w) })
	return route53.New(route53.Options{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDROUTE53", "secret", ""),
		HTTPClient: &http.Client{Transport: w.Transport()}, RetryMaxAttempts: 1,
	})
}

// newZone makes example.com and waits until every name server has it.
func newZone(t *testing.T, api *route53.Client) string {
	t.Helper()
	out, err := api.CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{Name: aws.String("example.com"), CallerReference: aws.String("zone")})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.DelegationSet.NameServers) != 4 || aws.ToString(out.Location) == "" || out.ChangeInfo.Status != types.ChangeStatusPending {
		t.Errorf("CreateHostedZone answered %+v", out)
	}
	insync(t, api, out.ChangeInfo)
	return strings.TrimPrefix(*out.HostedZone.Id, "/hostedzone/")
}

func insync(t *testing.T, api *route53.Client, c *types.ChangeInfo) {
	t.Helper()
	waiter := route53.NewResourceRecordSetsChangedWaiter(api)
	if err := waiter.Wait(t.Context(), &route53.GetChangeInput{Id: c.Id}, 5*time.Minute); err != nil {
		t.Fatal(err)
	}
}

func batch(zone string, changes ...types.Change) *route53.ChangeResourceRecordSetsInput {
	return &route53.ChangeResourceRecordSetsInput{HostedZoneId: aws.String(zone), ChangeBatch: &types.ChangeBatch{Comment: aws.String("conformance"), Changes: changes}}
}

func doing(action types.ChangeAction, set types.ResourceRecordSet) types.Change {
	return types.Change{Action: action, ResourceRecordSet: &set}
}

func simpleA(name, value string) types.ResourceRecordSet {
	return types.ResourceRecordSet{Name: aws.String(name), Type: types.RRTypeA, TTL: aws.Int64(60), ResourceRecords: []types.ResourceRecord{{Value: aws.String(value)}}}
}

func weightedA(name, id, value string, weight int64) types.ResourceRecordSet {
	set := simpleA(name, value)
	set.SetIdentifier, set.Weight = aws.String(id), aws.Int64(weight)
	return set
}

func TestRoute53RecordSetsSurviveARoundTrip(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := route53Client(t, awssim.New(awssim.Options{}))
		zone := newZone(t, api)
		made, err := api.ChangeResourceRecordSets(t.Context(), batch(zone,
			doing(types.ChangeActionCreate, weightedA("www.example.com", "blue", "192.0.2.1", 0)),
			doing(types.ChangeActionCreate, weightedA("www.example.com", "green", "192.0.2.2", 255)),
			doing(types.ChangeActionUpsert, simpleA("*.example.com", "192.0.2.3"))))
		if err != nil {
			t.Fatal(err)
		}
		insync(t, api, made.ChangeInfo)

		var sets []types.ResourceRecordSet
		pages := route53.NewListResourceRecordSetsPaginator(api, &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(zone), MaxItems: aws.Int32(2)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			sets = append(sets, page.ResourceRecordSets...)
		}
		if len(sets) != 5 || *sets[2].Name != `\052.example.com.` || *sets[3].SetIdentifier != "blue" || *sets[3].Weight != 0 || *sets[4].Weight != 255 {
			t.Fatalf("listed %+v", sets)
		}
		// What the API lists is what DELETE takes.
		var away []types.Change
		for _, set := range sets[2:] {
			away = append(away, doing(types.ChangeActionDelete, set))
		}
		if _, err = api.ChangeResourceRecordSets(t.Context(), batch(zone, away...)); err != nil {
			t.Fatal(err)
		}
		if _, err = api.DeleteHostedZone(t.Context(), &route53.DeleteHostedZoneInput{Id: aws.String(zone)}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRoute53ErrorsReachTheSDKAsTheirTypes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := route53Client(t, awssim.New(awssim.Options{}))
		zone := newZone(t, api)
		_, err := api.ChangeResourceRecordSets(t.Context(), batch(zone,
			doing(types.ChangeActionDelete, simpleA("a.example.com", "192.0.2.1")), doing(types.ChangeActionDelete, simpleA("b.example.com", "192.0.2.1"))))
		invalid, ok := errors.AsType[*types.InvalidChangeBatch](err)
		if !ok || !strings.Contains(invalid.ErrorMessage(), "[name='a.example.com.', type='A'] but it was not found, Tried to delete") {
			t.Errorf("InvalidChangeBatch arrived as %v", err)
		}
		if _, err = api.GetHostedZone(t.Context(), &route53.GetHostedZoneInput{Id: aws.String("Z0NOSUCHZONE")}); !as[*types.NoSuchHostedZone](err) {
			t.Errorf("NoSuchHostedZone arrived as %v", err)
		}
		if _, err = api.GetChange(t.Context(), &route53.GetChangeInput{Id: aws.String("C0NOSUCHCHANGE")}); !as[*types.NoSuchChange](err) {
			t.Errorf("NoSuchChange arrived as %v", err)
		}
		set := simpleA("a.example.com", "192.0.2.1")
		set.HealthCheckId = aws.String("00000000-0000-0000-0000-000000000000")
		if _, err = api.ChangeResourceRecordSets(t.Context(), batch(zone, doing(types.ChangeActionCreate, set))); !as[*types.NoSuchHealthCheck](err) {
			t.Errorf("NoSuchHealthCheck arrived as %v", err)
		}
		set = simpleA("a.example.com", "192.0.2.1")
		set.TTL = nil
		if _, err = api.ChangeResourceRecordSets(t.Context(), batch(zone, doing(types.ChangeActionCreate, set))); !as[*types.InvalidInput](err) {
			t.Errorf("InvalidInput arrived as %v", err)
		}
	})
}

func as[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

func TestRoute53ThrottlesABurst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := route53Client(t, awssim.New(awssim.Options{}))
		zone := newZone(t, api)
		get := func() error {
			_, err := api.GetHostedZone(t.Context(), &route53.GetHostedZoneInput{Id: aws.String(zone)})
			return err
		}
		for i := range 50 {
			if err := get(); err != nil {
				t.Fatalf("call %d: %v", i, err)
			}
		}
		err := get()
		throttled, ok := errors.AsType[smithy.APIError](err)
		if !ok || throttled.ErrorCode() != "Throttling" || throttled.ErrorMessage() != "Rate exceeded" {
			t.Errorf("call 51: %v", err)
		}
	})
}

func TestRoute53TellsNobodyBeforeItsNameServersKnow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := awssim.New(awssim.Options{})
		api := route53Client(t, w)
		zone := newZone(t, api)
		made, err := api.ChangeResourceRecordSets(t.Context(), batch(zone, doing(types.ChangeActionCreate, simpleA("www.example.com", "192.0.2.1"))))
		if err != nil {
			t.Fatal(err)
		}
		ask := func() int {
			out, err := api.TestDNSAnswer(t.Context(), &route53.TestDNSAnswerInput{HostedZoneId: aws.String(zone), RecordName: aws.String("www.example.com"), RecordType: types.RRTypeA})
			if err != nil {
				t.Fatal(err)
			}
			return len(out.RecordData)
		}
		if n := ask(); n != 0 {
			t.Errorf("%d answers the instant a change was made", n)
		}
		insync(t, api, made.ChangeInfo)
		for range 20 {
			if n := ask(); n != 1 {
				t.Errorf("%d answers from a name server after INSYNC", n)
			}
		}
	})
}

func TestRoute53TagsAndHealthChecks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := route53Client(t, awssim.New(awssim.Options{}))
		zone := newZone(t, api)
		if _, err := api.ChangeTagsForResource(t.Context(), &route53.ChangeTagsForResourceInput{
			ResourceType: types.TagResourceTypeHostedzone, ResourceId: aws.String(zone),
			AddTags: []types.Tag{{Key: aws.String("team"), Value: aws.String("web")}},
		}); err != nil {
			t.Fatal(err)
		}
		tags, err := api.ListTagsForResource(t.Context(), &route53.ListTagsForResourceInput{ResourceType: types.TagResourceTypeHostedzone, ResourceId: aws.String(zone)})
		if err != nil || len(tags.ResourceTagSet.Tags) != 1 {
			t.Fatalf("%+v, %v", tags, err)
		}
		_, err = api.ListTagsForResource(t.Context(), &route53.ListTagsForResourceInput{ResourceType: types.TagResourceTypeHostedzone, ResourceId: aws.String("/hostedzone/" + zone)})
		if bad := (*types.InvalidInput)(nil); !errors.As(err, &bad) {
			t.Errorf("tags of /hostedzone/%s: %v, want InvalidInput", zone, err)
		}
		check, err := api.CreateHealthCheck(t.Context(), &route53.CreateHealthCheckInput{
			CallerReference:   aws.String("check"),
			HealthCheckConfig: &types.HealthCheckConfig{Type: types.HealthCheckTypeHttps, FullyQualifiedDomainName: aws.String("origin.example.net")},
		})
		if err != nil {
			t.Fatal(err)
		}
		set := weightedA("www.example.com", "blue", "192.0.2.1", 1)
		set.HealthCheckId = check.HealthCheck.Id
		if _, err = api.ChangeResourceRecordSets(t.Context(), batch(zone, doing(types.ChangeActionCreate, set))); err != nil {
			t.Fatal(err)
		}
		status, err := api.GetHealthCheckStatus(t.Context(), &route53.GetHealthCheckStatusInput{HealthCheckId: check.HealthCheck.Id})
		if err != nil || len(status.HealthCheckObservations) == 0 || !strings.HasPrefix(*status.HealthCheckObservations[0].StatusReport.Status, "Success") {
			t.Errorf("%+v, %v", status, err)
		}
	})
}
