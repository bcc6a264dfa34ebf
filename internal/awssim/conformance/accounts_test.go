package conformance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	simulated "github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
)

const otherAccount = "111122223333"

// in are the clients of another account of the same world.
func (c *client) in(account string) (aws.Config, *client) {
	c.sim.AddAccount(account, "AKID"+account)
	return c.with("AKID"+account, "secret", "")
}

// zoned makes a public zone.
func zoned(t *testing.T, api *route53.Client, name string) *route53.CreateHostedZoneOutput {
	t.Helper()
	return must(api.CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{Name: &name, CallerReference: &name}))
}

func TestAnAccountSeesNothingOfAnother(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		cfg, other := c.in(otherAccount)
		if who := must(other.sts.GetCallerIdentity(c.ctx, &sts.GetCallerIdentityInput{})); *who.Account != otherAccount {
			t.Fatalf("the caller is of %s", *who.Account)
		}
		arn := c.certificate("www.example.com")
		mine, tag := c.create(c.config(arn, "www.example.com"))
		c.deployed(mine)

		_, err := other.cf.GetDistribution(c.ctx, &cloudfront.GetDistributionInput{Id: &mine})
		c.want(err, "NoSuchDistribution")
		_, err = other.cf.UpdateDistribution(c.ctx, &cloudfront.UpdateDistributionInput{Id: &mine, IfMatch: &tag, DistributionConfig: c.config(arn)})
		c.want(err, "NoSuchDistribution")
		_, err = other.cf.DeleteDistribution(c.ctx, &cloudfront.DeleteDistributionInput{Id: &mine, IfMatch: &tag})
		c.want(err, "NoSuchDistribution")
		_, err = other.cf.CreateInvalidation(c.ctx, &cloudfront.CreateInvalidationInput{DistributionId: &mine, InvalidationBatch: &types.InvalidationBatch{
			CallerReference: aws.String("1"), Paths: &types.Paths{Quantity: aws.Int32(1), Items: []string{"/*"}},
		}})
		c.want(err, "NoSuchDistribution")
		_, err = other.cf.ListTagsForResource(c.ctx, &cloudfront.ListTagsForResourceInput{Resource: c.get(mine).Distribution.ARN})
		c.want(err, "AccessDenied")
		if list := must(other.cf.ListDistributions(c.ctx, &cloudfront.ListDistributionsInput{})); len(list.DistributionList.Items) != 0 {
			t.Errorf("the other account lists %d distributions", len(list.DistributionList.Items))
		}
		// A certificate of the other account is none, and a caller reference is an account's own.
		_, err = other.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: c.config(arn)})
		c.want(err, "InvalidViewerCertificate")
		same := c.config("")
		same.CallerReference = c.get(mine).Distribution.DistributionConfig.CallerReference
		theirs := must(other.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: same}))
		if !strings.Contains(*theirs.Distribution.ARN, ":"+otherAccount+":") {
			t.Errorf("the ARN is %s", *theirs.Distribution.ARN)
		}
		_, err = acm.NewFromConfig(cfg).DescribeCertificate(c.ctx, &acm.DescribeCertificateInput{CertificateArn: &arn})
		c.want(err, "AccessDenied")

		policy := must(c.cf.CreateCachePolicy(c.ctx, &cloudfront.CreateCachePolicyInput{CachePolicyConfig: &types.CachePolicyConfig{Name: aws.String("p"), MinTTL: aws.Int64(1)}}))
		_, err = other.cf.GetCachePolicy(c.ctx, &cloudfront.GetCachePolicyInput{Id: policy.CachePolicy.Id})
		c.want(err, "NoSuchCachePolicy")
		must(other.cf.CreateCachePolicy(c.ctx, &cloudfront.CreateCachePolicyInput{CachePolicyConfig: policy.CachePolicy.CachePolicyConfig}))
		refers := c.config("")
		refers.DefaultCacheBehavior.CachePolicyId = policy.CachePolicy.Id
		_, err = other.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: refers})
		c.want(err, "NoSuchCachePolicy")
	})
}

func TestAnAccountSeesNoZonesAlarmsFunctionsAndBucketsOfAnother(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		cfg, _ := c.in(otherAccount)
		own, _ := c.with("AKIDEXAMPLE", "secret", "")
		mine, theirs := route53.NewFromConfig(own), route53.NewFromConfig(cfg)
		zone := zoned(c.T, mine, "example.com")
		for what, err := range map[string]error{
			"get":     second(theirs.GetHostedZone(c.ctx, &route53.GetHostedZoneInput{Id: zone.HostedZone.Id})),
			"records": second(theirs.ListResourceRecordSets(c.ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: zone.HostedZone.Id})),
			"change":  second(theirs.ChangeResourceRecordSets(c.ctx, batch(*zone.HostedZone.Id, doing(r53types.ChangeActionCreate, simpleA("www.example.com", "192.0.2.1"))))),
			"delete":  second(theirs.DeleteHostedZone(c.ctx, &route53.DeleteHostedZoneInput{Id: zone.HostedZone.Id})),
			"test":    second(theirs.TestDNSAnswer(c.ctx, &route53.TestDNSAnswerInput{HostedZoneId: zone.HostedZone.Id, RecordName: aws.String("www.example.com"), RecordType: "A"})),
		} {
			if c.want(err, "AccessDenied"); err != nil && !strings.Contains(err.Error(), "User: arn:aws:iam::"+otherAccount+":user/simulated is not authorized to access this resource") {
				t.Errorf("%s: %v", what, err)
			}
		}
		_, err := theirs.GetHostedZone(c.ctx, &route53.GetHostedZoneInput{Id: aws.String("Z00000000000")})
		c.want(err, "NoSuchHostedZone")
		if list := must(theirs.ListHostedZonesByName(c.ctx, &route53.ListHostedZonesByNameInput{DNSName: aws.String("example.com")})); len(list.HostedZones) != 0 {
			t.Errorf("the other account finds %d zones", len(list.HostedZones))
		}
		zoned(c.T, theirs, "example.com") // of the same name and caller reference

		_, err = cloudwatch.NewFromConfig(own).PutMetricAlarm(c.ctx, &cloudwatch.PutMetricAlarmInput{
			AlarmName: aws.String("a"), Namespace: aws.String("n"), MetricName: aws.String("m"), Statistic: cwtypes.StatisticSum,
			Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1), ComparisonOperator: cwtypes.ComparisonOperatorGreaterThanThreshold,
		})
		c.want(err, "")
		if list := must(cloudwatch.NewFromConfig(cfg).DescribeAlarms(c.ctx, &cloudwatch.DescribeAlarmsInput{})); len(list.MetricAlarms) != 0 {
			t.Errorf("the other account has %d alarms", len(list.MetricAlarms))
		}

		must(s3.NewFromConfig(own).CreateBucket(c.ctx, &s3.CreateBucketInput{Bucket: aws.String("the-bucket")}))
		stranger := s3.NewFromConfig(cfg)
		_, err = stranger.CreateBucket(c.ctx, &s3.CreateBucketInput{Bucket: aws.String("the-bucket")})
		c.want(err, "BucketAlreadyExists")
		_, err = stranger.ListObjectsV2(c.ctx, &s3.ListObjectsV2Input{Bucket: aws.String("the-bucket")})
		c.want(err, "AccessDenied")
		if list := must(stranger.ListBuckets(c.ctx, &s3.ListBucketsInput{})); len(list.Buckets) != 0 {
			t.Errorf("the other account has %d buckets", len(list.Buckets))
		}
	})
}

func TestNamesAndViewersAreOfAllAccounts(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		_, other := c.in(otherAccount)
		mine, _ := c.create(c.config(c.certificate("www.example.com"), "www.example.com"))
		theirs := other.certificate("www.example.com", "*.example.com")
		_, err := other.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: other.config(theirs, "www.example.com")})
		c.want(err, "CNAMEAlreadyExists")
		wild, _ := other.create(other.config(theirs, "*.example.com")) // an overlap is none
		c.deployed(mine)
		other.deployed(wild)
		for host, want := range map[string]string{"www.example.com": mine, "api.example.com": wild} {
			if got := c.sim.CloudFront().Route(0, now(), host).Distribution; got != want {
				t.Errorf("%s is served from %s, want %s", host, got, want)
			}
		}
	})
}

func TestAnAccountsPermissionsAreItsOwn(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		_, other := c.in(otherAccount)
		account := c.sim.AddAccount(otherAccount)
		list := func(c *client) error {
			_, err := c.cf.ListDistributions(c.ctx, &cloudfront.ListDistributionsInput{})
			return err
		}
		account.Allow("cloudfront:GetDistribution")
		c.want(list(c), "")
		c.want(list(other), "AccessDenied")
		if err := account.Restrict(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "cloudfront:List*", "Resource": "*"}}`); err != nil {
			t.Fatal(err)
		}
		c.want(list(other), "")
		c.sim.Allow("cloudfront:GetDistribution") // of every account
		c.want(list(c), "AccessDenied")
		c.want(list(other), "AccessDenied")
	})
}

func TestAFaultOfOneAccountIsNoneOfAnother(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		_, other := c.in(otherAccount)
		c.sim.Faults().Add(fault.Fault{Account: otherAccount, Kind: fault.Answer, Code: "AccessDenied", Status: 403})
		for who, want := range map[*client]string{c: "", other: "AccessDenied"} {
			_, err := who.cf.ListDistributions(c.ctx, &cloudfront.ListDistributionsInput{})
			c.want(err, want)
		}
	})
}

func TestARoleOfAnotherAccountWorksThere(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		_, other := c.in(otherAccount)
		theirs, _ := other.create(other.config(""))
		role := simulated.Role{Name: "mover", Account: otherAccount, Trusts: []string{"arn:aws:iam::123456789012:root"}, Allow: []string{"cloudfront:Get*"}}
		arn := c.sim.Identity().AddRole(role)
		assume := func() (*sts.AssumeRoleOutput, error) {
			return c.sts.AssumeRole(c.ctx, &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("test")})
		}
		_, s := c.session(must(assume()).Credentials)
		if who := must(s.sts.GetCallerIdentity(c.ctx, &sts.GetCallerIdentityInput{})); *who.Account != otherAccount {
			t.Errorf("the session is of %s", *who.Account)
		}
		must(s.cf.GetDistribution(c.ctx, &cloudfront.GetDistributionInput{Id: &theirs}))
		_, err := s.cf.ListDistributions(c.ctx, &cloudfront.ListDistributionsInput{})
		c.want(err, "AccessDenied")
		if calls := c.sim.Journal().Calls(0); !slices.ContainsFunc(calls, func(j journal.Call) bool {
			return j.Caller == "arn:aws:sts::"+otherAccount+":assumed-role/mover/test" && j.Operation == "GetDistribution"
		}) {
			t.Error("the journal has no call of the session")
		}
		role.Trusts = []string{"arn:aws:iam::444455556666:root"}
		c.sim.Identity().AddRole(role)
		_, err = assume()
		c.want(err, "AccessDenied")
		// A user there ends the time in which its keys are anybody's, and no other account's.
		c.sim.Identity().AddUser(simulated.User{Name: "u", Account: otherAccount, AccessKey: "AKIDU", SecretKey: "right"})
		_, err = other.cf.ListDistributions(c.ctx, &cloudfront.ListDistributionsInput{})
		c.want(err, "InvalidClientTokenId")
		_, u := c.with("AKIDU", "right", "")
		if list := must(u.cf.ListDistributions(c.ctx, &cloudfront.ListDistributionsInput{})); len(list.DistributionList.Items) != 1 {
			t.Errorf("the user lists %d distributions", len(list.DistributionList.Items))
		}
		must(c.cf.ListDistributions(c.ctx, &cloudfront.ListDistributionsInput{}))
	})
}

// values are what DNS has for the A record of a name.
func (c *client) values(name string) []string {
	return c.sim.Route53().Lookup(0, now(), name, "A").Values
}

func TestOfTwoZonesTheOneDelegatedToAnswers(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		cfg, _ := c.in(otherAccount)
		own, _ := c.with("AKIDEXAMPLE", "secret", "")
		mine, theirs := route53.NewFromConfig(own), route53.NewFromConfig(cfg)
		put := func(api *route53.Client, zone *route53.CreateHostedZoneOutput, set r53types.ResourceRecordSet) {
			must(api.ChangeResourceRecordSets(c.ctx, batch(*zone.HostedZone.Id, doing(r53types.ChangeActionUpsert, set))))
			pass(time.Minute)
		}
		parent := zoned(c.T, mine, "example.com")
		child, twin := zoned(c.T, theirs, "app.example.com"), zoned(c.T, theirs, "example.com")
		put(mine, parent, simpleA("www.example.com", "192.0.2.1"))
		put(theirs, twin, simpleA("www.example.com", "192.0.2.2"))
		put(theirs, child, simpleA("www.app.example.com", "192.0.2.3"))
		equal(c.T, "the zone made first", c.values("www.example.com"), []string{"192.0.2.1"})
		equal(c.T, "a child that nobody delegates to", c.values("www.app.example.com"), nil)

		ns := func(servers []string) r53types.ResourceRecordSet {
			set := r53types.ResourceRecordSet{Name: aws.String("app.example.com"), Type: r53types.RRTypeNs, TTL: aws.Int64(60)}
			for _, s := range servers {
				set.ResourceRecords = append(set.ResourceRecords, r53types.ResourceRecord{Value: aws.String(s + ".")})
			}
			return set
		}
		put(mine, parent, ns(child.DelegationSet.NameServers))
		equal(c.T, "a child that the parent delegates to", c.values("www.app.example.com"), []string{"192.0.2.3"})
		put(mine, parent, ns([]string{"ns-1.elsewhere.test"}))
		if l := c.sim.Route53().Lookup(0, now(), "www.app.example.com", "A"); !l.Delegated {
			t.Errorf("a child that is delegated elsewhere answers %+v", l)
		}

		c.sim.AddAccount(otherAccount).Route53().Register(*twin.HostedZone.Id)
		equal(c.T, "the zone that the registrar has", c.values("www.example.com"), []string{"192.0.2.2"})
	})
}

func TestViewersOfEveryAccountAreServedAndCountedThere(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		cfg, other := c.in(otherAccount)
		policy := must(other.cf.CreateCachePolicy(c.ctx, &cloudfront.CreateCachePolicyInput{CachePolicyConfig: cachePolicy("theirs", "X-Side")}))
		config := other.config("")
		config.DefaultCacheBehavior.CachePolicyId = policy.CachePolicy.Id
		theirs, _ := other.create(config)
		other.deployed(theirs)
		untilMinute()
		c.visits(*other.get(theirs).Distribution.DomainName, 3, 200)
		pass(5 * time.Minute)
		requests := query("requests", ofDistribution(theirs, "Requests"), "Sum", 60)
		equal(c.T, "in its account", c.data(cloudwatch.NewFromConfig(cfg), time.Hour, requests)["requests"], []float64{3})
		equal(c.T, "in another one", c.data(c.watch("us-east-1"), time.Hour, requests)["requests"], nil)
	})
}

func TestLimitsAndQuotasAreAnAccountsOwn(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		_, other := c.in(otherAccount)
		for _, who := range []*client{c, other} {
			who.create(who.config(""))
			_, err := who.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: who.config("")})
			c.want(err, "TooManyDistributions")
		}
		c.sim.Turn(func(k *knob.Knobs) { k.ReadsPerSecond, k.ReadBurst = 0.001, 1 })
		for _, who := range []*client{c, other} {
			_, err := who.cf.ListDistributions(c.ctx, &cloudfront.ListDistributionsInput{})
			c.want(err, "")
			_, err = who.cf.ListDistributions(c.ctx, &cloudfront.ListDistributionsInput{})
			c.want(err, "Throttling")
		}
	}, func(k *knob.Knobs) { k.Distributions = 1 })
}

func TestOldAnswersAreNotThoseOfAnotherAccount(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		_, other := c.in(otherAccount)
		list := func(who *client) int {
			return len(must(who.cf.ListDistributions(c.ctx, &cloudfront.ListDistributionsInput{})).DistributionList.Items)
		}
		list(c)
		theirs, _ := other.create(other.config(""))
		list(other)
		c.create(c.config(""))
		c.sim.Faults().Add(fault.Fault{Service: "cloudfront", Operation: "ListDistributions", Kind: fault.Stale})
		if mine, others := list(c), list(other); mine != 0 || others != 1 {
			t.Errorf("old lists have %d and %d distributions, want 0 and 1 (%s)", mine, others, theirs)
		}
	})
}

func TestAFunctionIsCountedInItsAccountUnderItsName(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		cfg, other := c.in(otherAccount)
		for _, who := range []*client{c, other} { // both have one of that name
			made := must(who.cf.CreateFunction(c.ctx, &cloudfront.CreateFunctionInput{Name: aws.String("f"), FunctionConfig: functionConfig(), FunctionCode: []byte(handler)}))
			must(who.cf.PublishFunction(c.ctx, &cloudfront.PublishFunctionInput{Name: aws.String("f"), IfMatch: made.ETag}))
		}
		config := other.config("")
		config.DefaultCacheBehavior.FunctionAssociations = &types.FunctionAssociations{Quantity: aws.Int32(1), Items: []types.FunctionAssociation{{
			EventType: types.EventTypeViewerRequest, FunctionARN: aws.String("arn:aws:cloudfront::123456789012:function/f"),
		}}}
		_, err := other.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: config})
		c.want(err, "InvalidFunctionAssociation")
		config.DefaultCacheBehavior.FunctionAssociations.Items[0].FunctionARN = aws.String("arn:aws:cloudfront::" + otherAccount + ":function/f")
		id, _ := other.create(config)
		must(other.cf.CreateMonitoringSubscription(c.ctx, &cloudfront.CreateMonitoringSubscriptionInput{DistributionId: &id, MonitoringSubscription: &types.MonitoringSubscription{
			RealtimeMetricsSubscriptionConfig: &types.RealtimeMetricsSubscriptionConfig{RealtimeMetricsSubscriptionStatus: types.RealtimeMetricsSubscriptionStatusEnabled},
		}}))
		other.deployed(id)
		untilMinute()
		c.visits(*other.get(id).Distribution.DomainName, 2, 200)
		pass(5 * time.Minute)
		runs := query("runs", &cwtypes.Metric{Namespace: aws.String("AWS/CloudFront"), MetricName: aws.String("FunctionInvocations"), Dimensions: []cwtypes.Dimension{
			{Name: aws.String("Region"), Value: aws.String("Global")}, {Name: aws.String("FunctionName"), Value: aws.String("f")},
		}}, "Sum", 60)
		got := c.data(cloudwatch.NewFromConfig(cfg), time.Hour, runs, query("hits", ofDistribution(id, "CacheHitRate"), "Average", 60))
		equal(c.T, "in its account", got["runs"], []float64{2})
		if len(got["hits"]) != 1 {
			t.Errorf("the metrics that were asked for have %v", got["hits"])
		}
		equal(c.T, "in another one", c.data(c.watch("us-east-1"), time.Hour, runs)["runs"], nil)
	})
}

func TestABucketServesADistributionOfAnotherAccountThatItsPolicyNames(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		_, other := c.in(otherAccount)
		api := c.storage("us-east-1")
		c.bucket(api, "site")
		must(c.put(api, "site", "index.html", "hello", func(in *s3.PutObjectInput) { in.CacheControl = aws.String("no-store") }))
		control := must(other.cf.CreateOriginAccessControl(c.ctx, &cloudfront.CreateOriginAccessControlInput{OriginAccessControlConfig: &types.OriginAccessControlConfig{
			Name: aws.String("site"), SigningProtocol: "sigv4", SigningBehavior: "always", OriginAccessControlOriginType: "s3",
		}})).OriginAccessControl.Id
		origin := types.Origin{
			Id: aws.String("o"), DomainName: aws.String("site.s3.us-east-1.amazonaws.com"),
			S3OriginConfig: &types.S3OriginConfig{OriginAccessIdentity: aws.String("")}, OriginAccessControlId: control,
		}
		config := c.config("")
		config.Origins.Items[0] = origin
		_, err := c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: config})
		c.want(err, "InvalidOriginAccessControl") // the other account's
		config = other.config("")
		config.Origins.Items[0] = origin
		id, _ := other.create(config)
		other.deployed(id)
		for account, want := range map[string]int{"123456789012": 403, otherAccount: 200} {
			document := strings.NewReplacer("123456789012", account, "DISTRIBUTION", id).Replace(readFor)
			must(api.PutBucketPolicy(c.ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("site"), Policy: &document}))
			pass(time.Minute)
			if status, _ := other.viewed(id, "/index.html"); status != want {
				t.Errorf("with a policy for a distribution of %s a viewer gets %d, want %d", account, status, want)
			}
		}
	})
}

func TestAPolicyCannotNameAStagingDistributionOfAnotherAccount(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		_, other := c.in(otherAccount)
		primary, _ := c.create(c.config(""))
		c.deployed(primary)
		staging := *c.copy(primary, "copy").Distribution.DomainName
		create := func(who *client) error {
			_, err := who.cf.CreateContinuousDeploymentPolicy(c.ctx, &cloudfront.CreateContinuousDeploymentPolicyInput{ContinuousDeploymentPolicyConfig: policy(staging, true, byWeight(0.1))})
			return err
		}
		c.want(create(other), "InvalidArgument")
		c.want(create(c), "")
	})
}
