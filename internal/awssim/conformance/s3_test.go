package conformance

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// storage is S3 in a region, as the SDK addresses it by default: the bucket in the host name.
func (c *client) storage(region string, options ...func(*s3.Options)) *s3.Client {
	return s3.NewFromConfig(aws.Config{
		Region: region, Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		HTTPClient: &http.Client{Transport: c.sim.Transport()}, RetryMaxAttempts: 1,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	}, options...)
}

func (c *client) bucket(api *s3.Client, name string) {
	c.Helper()
	in := &s3.CreateBucketInput{Bucket: &name}
	if region := api.Options().Region; region != "us-east-1" {
		in.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(region)}
	}
	if _, err := api.CreateBucket(c.ctx, in); err != nil {
		c.Fatal(err)
	}
}

func (c *client) put(api *s3.Client, bucket, key, body string, change ...func(*s3.PutObjectInput)) (*s3.PutObjectOutput, error) {
	in := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(body)}
	for _, f := range change {
		f(in)
	}
	return api.PutObject(c.ctx, in)
}

func (c *client) read(api *s3.Client, bucket, key string) string {
	out, err := api.GetObject(c.ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return code(err)
	}
	defer out.Body.Close()
	return string(must(io.ReadAll(out.Body)))
}

func TestObjectsAreWrittenOnConditions(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api := c.storage("us-east-1")
		c.bucket(api, "snapshots")
		onlyNew := func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") }
		first, err := c.put(api, "snapshots", "a/1.json", "one", onlyNew)
		if err != nil || *first.ETag != `"f97c5d29941bfb1b2fdab0874906ab82"` || aws.ToString(first.ChecksumCRC32) == "" {
			t.Fatalf("PutObject: %+v, %v", first, err)
		}
		_, err = c.put(api, "snapshots", "a/1.json", "two", onlyNew)
		c.want(err, "PreconditionFailed")
		if got := c.read(api, "snapshots", "a/1.json"); got != "one" {
			t.Errorf("the object is %q", got)
		}
		matching := func(etag *string) func(*s3.PutObjectInput) { return func(in *s3.PutObjectInput) { in.IfMatch = etag } }
		second := must(c.put(api, "snapshots", "a/1.json", "two", matching(first.ETag)))
		_, err = c.put(api, "snapshots", "a/1.json", "three", matching(first.ETag))
		c.want(err, "PreconditionFailed")
		_, err = c.put(api, "snapshots", "none", "x", matching(first.ETag))
		c.want(err, "NoSuchKey")
		_, err = api.DeleteObject(c.ctx, &s3.DeleteObjectInput{Bucket: aws.String("snapshots"), Key: aws.String("a/1.json"), IfMatch: first.ETag})
		c.want(err, "PreconditionFailed")
		must(api.DeleteObject(c.ctx, &s3.DeleteObjectInput{Bucket: aws.String("snapshots"), Key: aws.String("a/1.json"), IfMatch: second.ETag}))
		if got := c.read(api, "snapshots", "a/1.json"); got != "NoSuchKey" {
			t.Errorf("after the deletion: %q", got)
		}
		_, err = api.HeadObject(c.ctx, &s3.HeadObjectInput{Bucket: aws.String("snapshots"), Key: aws.String("a/1.json")})
		c.want(err, "NotFound")
		must(api.DeleteObject(c.ctx, &s3.DeleteObjectInput{Bucket: aws.String("snapshots"), Key: aws.String("a/1.json")}))
	})
}

func TestAnObjectComesBackAsItWasPut(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		for _, style := range []bool{false, true} {
			api := c.storage("us-east-1", func(o *s3.Options) { o.UsePathStyle = style })
			c.bucket(api, "site")
			key := "ä/b c+d/"
			must(c.put(api, "site", key, "0123456789", func(in *s3.PutObjectInput) {
				in.ContentType, in.CacheControl = aws.String("text/plain"), aws.String("max-age=60")
				in.Metadata, in.Tagging = map[string]string{"side": "blue"}, aws.String("a=b")
				in.ChecksumAlgorithm = s3types.ChecksumAlgorithmSha256
			}))
			out := must(api.GetObject(c.ctx, &s3.GetObjectInput{Bucket: aws.String("site"), Key: &key, ChecksumMode: s3types.ChecksumModeEnabled}))
			body := must(io.ReadAll(out.Body)) // the SDK compares the checksum
			if string(body) != "0123456789" || *out.ContentType != "text/plain" || *out.CacheControl != "max-age=60" || out.Metadata["side"] != "blue" ||
				*out.TagCount != 1 || *out.ContentLength != 10 || out.ChecksumSHA256 == nil || !out.LastModified.Equal(now().Truncate(time.Second)) {
				t.Errorf("path style %v: %q %+v", style, body, out)
			}
			part := must(api.GetObject(c.ctx, &s3.GetObjectInput{Bucket: aws.String("site"), Key: &key, Range: aws.String("bytes=2-4")}))
			if got := string(must(io.ReadAll(part.Body))); got != "234" || *part.ContentRange != "bytes 2-4/10" {
				t.Errorf("the range is %q, %s", got, *part.ContentRange)
			}
			_, err := api.GetObject(c.ctx, &s3.GetObjectInput{Bucket: aws.String("site"), Key: &key, Range: aws.String("bytes=20-")})
			c.want(err, "InvalidRange")
			tags := must(api.GetObjectTagging(c.ctx, &s3.GetObjectTaggingInput{Bucket: aws.String("site"), Key: &key}))
			if len(tags.TagSet) != 1 || *tags.TagSet[0].Value != "b" {
				t.Errorf("tags %+v", tags.TagSet)
			}
			copied := must(api.CopyObject(c.ctx, &s3.CopyObjectInput{Bucket: aws.String("site"), Key: aws.String("copy"), CopySource: aws.String("site/%C3%A4/b%20c%2Bd/")}))
			if *copied.CopyObjectResult.ETag != *out.ETag || c.read(api, "site", "copy") != "0123456789" {
				t.Errorf("the copy: %+v", copied.CopyObjectResult)
			}
		}
	})
}

func TestListingsHavePrefixesPagesAndVersions(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api, name := c.storage("eu-west-1"), aws.String("site")
		c.bucket(api, "site")
		for _, key := range []string{"index.html", "blue/1", "blue/2", "green/1", "z"} {
			must(c.put(api, "site", key, key))
		}
		var keys, prefixes []string
		pages := s3.NewListObjectsV2Paginator(api, &s3.ListObjectsV2Input{Bucket: name, Delimiter: aws.String("/"), MaxKeys: aws.Int32(2)})
		for n := 0; pages.HasMorePages(); n++ {
			page := must(pages.NextPage(c.ctx))
			for _, o := range page.Contents {
				keys = append(keys, *o.Key)
			}
			for _, p := range page.CommonPrefixes {
				prefixes = append(prefixes, *p.Prefix)
			}
		}
		equal(t, "keys", keys, []string{"index.html", "z"})
		equal(t, "prefixes", prefixes, []string{"blue/", "green/"})
		if v1 := must(api.ListObjects(c.ctx, &s3.ListObjectsInput{Bucket: name, Prefix: aws.String("blue/")})); len(v1.Contents) != 2 || *v1.Contents[1].Size != 6 {
			t.Errorf("the older list: %+v", v1.Contents)
		}

		must(api.PutBucketVersioning(c.ctx, &s3.PutBucketVersioningInput{Bucket: name, VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled}}))
		old := must(c.put(api, "site", "z", "old"))
		must(c.put(api, "site", "z", "new"))
		gone := must(api.DeleteObject(c.ctx, &s3.DeleteObjectInput{Bucket: name, Key: aws.String("z")}))
		if !*gone.DeleteMarker || c.read(api, "site", "z") != "NoSuchKey" {
			t.Errorf("the deletion: %+v", gone)
		}
		back := must(api.GetObject(c.ctx, &s3.GetObjectInput{Bucket: name, Key: aws.String("z"), VersionId: old.VersionId}))
		if got := string(must(io.ReadAll(back.Body))); got != "old" {
			t.Errorf("the older version is %q", got)
		}
		var perPage []int
		each := s3.NewListObjectVersionsPaginator(api, &s3.ListObjectVersionsInput{Bucket: name, Prefix: aws.String("z"), MaxKeys: aws.Int32(3)})
		for each.HasMorePages() {
			page := must(each.NextPage(c.ctx))
			perPage = append(perPage, len(page.Versions)+len(page.DeleteMarkers))
		}
		equal(t, "versions per page", perPage, []int{3, 1})
		list := must(api.ListObjectVersions(c.ctx, &s3.ListObjectVersionsInput{Bucket: name, Prefix: aws.String("z")}))
		if len(list.Versions) != 3 || len(list.DeleteMarkers) != 1 || !*list.DeleteMarkers[0].IsLatest {
			t.Errorf("versions %+v, markers %+v", list.Versions, list.DeleteMarkers)
		}

		_, err := api.DeleteBucket(c.ctx, &s3.DeleteBucketInput{Bucket: name})
		c.want(err, "BucketNotEmpty")
		all := must(api.ListObjectVersions(c.ctx, &s3.ListObjectVersionsInput{Bucket: name}))
		var ids []s3types.ObjectIdentifier
		for _, v := range all.Versions {
			ids = append(ids, s3types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		for _, v := range all.DeleteMarkers {
			ids = append(ids, s3types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		out := must(api.DeleteObjects(c.ctx, &s3.DeleteObjectsInput{Bucket: name, Delete: &s3types.Delete{Objects: ids}}))
		if len(out.Deleted) != len(ids) || len(out.Errors) != 0 {
			t.Errorf("deleted %+v, errors %+v", out.Deleted, out.Errors)
		}
		must(api.DeleteBucket(c.ctx, &s3.DeleteBucketInput{Bucket: name}))
		_, err = api.ListObjectsV2(c.ctx, &s3.ListObjectsV2Input{Bucket: name})
		c.want(err, "NoSuchBucket")
	})
}

func TestABucketLivesInOneRegionAndHasAValidName(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		east, west := c.storage("us-east-1"), c.storage("eu-west-1")
		c.bucket(west, "site")
		c.bucket(east, "other")
		c.bucket(east, "other") // no error in this one region
		_, err := west.CreateBucket(c.ctx, &s3.CreateBucketInput{Bucket: aws.String("site"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"}})
		c.want(err, "BucketAlreadyOwnedByYou")
		_, err = west.CreateBucket(c.ctx, &s3.CreateBucketInput{Bucket: aws.String("third")})
		c.want(err, "IllegalLocationConstraintException")
		_, err = east.GetBucketTagging(c.ctx, &s3.GetBucketTaggingInput{Bucket: aws.String("site")})
		c.want(err, "PermanentRedirect")
		if got := must(east.GetBucketLocation(c.ctx, &s3.GetBucketLocationInput{Bucket: aws.String("site")})).LocationConstraint; got != "eu-west-1" {
			t.Errorf("the location is %q", got)
		}
		if got := must(west.HeadBucket(c.ctx, &s3.HeadBucketInput{Bucket: aws.String("site")})); *got.BucketRegion != "eu-west-1" {
			t.Errorf("HeadBucket: %+v", got)
		}
		_, err = east.HeadBucket(c.ctx, &s3.HeadBucketInput{Bucket: aws.String("nobodys")})
		c.want(err, "NotFound")
		path := c.storage("us-east-1", func(o *s3.Options) { o.UsePathStyle = true })
		_, err = path.CreateBucket(c.ctx, &s3.CreateBucketInput{Bucket: aws.String("Upper_case")})
		c.want(err, "InvalidBucketName")
		var names []string
		for _, b := range must(east.ListBuckets(c.ctx, &s3.ListBucketsInput{})).Buckets {
			names = append(names, *b.Name)
		}
		equal(t, "buckets", names, []string{"other", "site"})
	})
}

func TestSettingsNobodyPutAreErrorsOrDefaults(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api, name := c.storage("us-east-1"), aws.String("site")
		c.bucket(api, "site")
		_, err := api.GetBucketPolicy(c.ctx, &s3.GetBucketPolicyInput{Bucket: name})
		c.want(err, "NoSuchBucketPolicy")
		_, err = api.GetBucketCors(c.ctx, &s3.GetBucketCorsInput{Bucket: name})
		c.want(err, "NoSuchCORSConfiguration")
		_, err = api.GetBucketTagging(c.ctx, &s3.GetBucketTaggingInput{Bucket: name})
		c.want(err, "NoSuchTagSet")
		_, err = api.GetBucketWebsite(c.ctx, &s3.GetBucketWebsiteInput{Bucket: name})
		c.want(err, "NoSuchWebsiteConfiguration")
		_, err = api.GetBucketLifecycleConfiguration(c.ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: name})
		c.want(err, "NoSuchLifecycleConfiguration")
		_, err = api.GetBucketReplication(c.ctx, &s3.GetBucketReplicationInput{Bucket: name})
		c.want(err, "ReplicationConfigurationNotFoundError")
		_, err = api.GetObjectLockConfiguration(c.ctx, &s3.GetObjectLockConfigurationInput{Bucket: name})
		c.want(err, "ObjectLockConfigurationNotFoundError")
		_, err = api.PutBucketAcl(c.ctx, &s3.PutBucketAclInput{Bucket: name, ACL: s3types.BucketCannedACLPublicRead})
		c.want(err, "AccessControlListNotSupported")

		encryption := must(api.GetBucketEncryption(c.ctx, &s3.GetBucketEncryptionInput{Bucket: name})).ServerSideEncryptionConfiguration
		versioning := must(api.GetBucketVersioning(c.ctx, &s3.GetBucketVersioningInput{Bucket: name}))
		payer := must(api.GetBucketRequestPayment(c.ctx, &s3.GetBucketRequestPaymentInput{Bucket: name}))
		block := must(api.GetPublicAccessBlock(c.ctx, &s3.GetPublicAccessBlockInput{Bucket: name})).PublicAccessBlockConfiguration
		ownership := must(api.GetBucketOwnershipControls(c.ctx, &s3.GetBucketOwnershipControlsInput{Bucket: name})).OwnershipControls
		acl := must(api.GetBucketAcl(c.ctx, &s3.GetBucketAclInput{Bucket: name}))
		if encryption.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm != "AES256" || versioning.Status != "" || payer.Payer != "BucketOwner" ||
			!*block.BlockPublicPolicy || ownership.Rules[0].ObjectOwnership != "BucketOwnerEnforced" ||
			*acl.Grants[0].Grantee.ID != *acl.Owner.ID || acl.Grants[0].Grantee.Type != "CanonicalUser" {
			t.Errorf("%+v %+v %+v %+v %+v %+v", encryption, versioning, payer, block, ownership, acl)
		}
		must(api.GetBucketLogging(c.ctx, &s3.GetBucketLoggingInput{Bucket: name}))
		must(api.GetBucketAccelerateConfiguration(c.ctx, &s3.GetBucketAccelerateConfigurationInput{Bucket: name}))
		must(api.GetBucketNotificationConfiguration(c.ctx, &s3.GetBucketNotificationConfigurationInput{Bucket: name}))

		must(api.PutBucketTagging(c.ctx, &s3.PutBucketTaggingInput{Bucket: name, Tagging: &s3types.Tagging{TagSet: []s3types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}}}))
		if tags := must(api.GetBucketTagging(c.ctx, &s3.GetBucketTaggingInput{Bucket: name})).TagSet; len(tags) != 1 || *tags[0].Value != "v" {
			t.Errorf("tags %+v", tags)
		}
		must(api.PutBucketCors(c.ctx, &s3.PutBucketCorsInput{Bucket: name, CORSConfiguration: &s3types.CORSConfiguration{CORSRules: []s3types.CORSRule{
			{AllowedMethods: []string{"GET", "HEAD"}, AllowedOrigins: []string{"*"}}, {AllowedMethods: []string{"PUT"}, AllowedOrigins: []string{"https://a.test"}},
		}}}))
		if rules := must(api.GetBucketCors(c.ctx, &s3.GetBucketCorsInput{Bucket: name})).CORSRules; len(rules) != 2 || len(rules[0].AllowedMethods) != 2 {
			t.Errorf("CORS rules %+v", rules)
		}
		_, err = api.ListBucketMetricsConfigurations(c.ctx, &s3.ListBucketMetricsConfigurationsInput{Bucket: name})
		c.want(err, "NotImplemented")
	})
}

const readFor = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudfront.amazonaws.com"},"Action":"s3:GetObject",
	"Resource":"arn:aws:s3:::site/*","Condition":{"StringEquals":{"AWS:SourceArn":"arn:aws:cloudfront::123456789012:distribution/DISTRIBUTION"}}}]}`

// viewed is what a viewer of a distribution gets.
func (c *client) viewed(id, path string) (status int, body string) {
	req := must(http.NewRequestWithContext(c.ctx, http.MethodGet, "https://"+*c.get(id).Distribution.DomainName+path, nil))
	resp := must(c.sim.Transport().RoundTrip(req))
	defer resp.Body.Close()
	return resp.StatusCode, string(must(io.ReadAll(resp.Body)))
}

// The bucket is private: what a viewer sees depends on the access control and on the
// policy's naming the distribution that asks, which is what breaks a staging distribution.
func TestABucketServesTheDistributionsThatItsPolicyNames(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api, name := c.storage("eu-west-1"), aws.String("site")
		c.bucket(api, "site")
		must(c.put(api, "site", "v1/index.html", "hello", func(in *s3.PutObjectInput) { in.CacheControl = aws.String("no-store") }))
		oac := must(c.cf.CreateOriginAccessControl(c.ctx, &cloudfront.CreateOriginAccessControlInput{OriginAccessControlConfig: &types.OriginAccessControlConfig{
			Name: aws.String("site"), SigningProtocol: "sigv4", SigningBehavior: "always", OriginAccessControlOriginType: "s3",
		}})).OriginAccessControl.Id
		distribution := func(control *string) string {
			cfg := c.config("")
			cfg.DefaultRootObject = aws.String("index.html")
			cfg.Origins.Items[0] = types.Origin{
				Id: aws.String("o"), DomainName: aws.String("site.s3.eu-west-1.amazonaws.com"), OriginPath: aws.String("/v1"),
				S3OriginConfig: &types.S3OriginConfig{OriginAccessIdentity: aws.String("")}, OriginAccessControlId: control,
			}
			id, _ := c.create(cfg)
			c.deployed(id)
			return id
		}
		named, unnamed, unsigned := distribution(oac), distribution(oac), distribution(nil)
		if status, body := c.viewed(named, "/"); status != http.StatusForbidden || !strings.Contains(body, "<Code>AccessDenied</Code>") {
			t.Errorf("without a policy: %d %s", status, body)
		}
		must(api.PutBucketPolicy(c.ctx, &s3.PutBucketPolicyInput{Bucket: name, Policy: aws.String(strings.Replace(readFor, "DISTRIBUTION", named, 1))}))
		if status, body := c.viewed(named, "/"); status != http.StatusOK || body != "hello" {
			t.Errorf("the distribution that the policy names: %d %s", status, body)
		}
		for _, id := range []string{unnamed, unsigned} {
			if status, body := c.viewed(id, "/"); status != http.StatusForbidden {
				t.Errorf("another distribution: %d %s", status, body)
			}
		}
		if status, _ := c.viewed(named, "/missing"); status != http.StatusForbidden { // as long as it may not list
			t.Errorf("a missing key: %d", status)
		}
		must(api.DeleteObject(c.ctx, &s3.DeleteObjectInput{Bucket: name, Key: aws.String("v1/index.html")}))
		must(api.DeleteBucket(c.ctx, &s3.DeleteBucketInput{Bucket: name}))
		if status, body := c.viewed(named, "/"); status != http.StatusNotFound || !strings.Contains(body, "NoSuchBucket") {
			t.Errorf("without the bucket: %d %s", status, body)
		}
	})
}

func TestAWebsiteEndpointServesPagesToEverybody(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api, name := c.storage("us-east-1"), aws.String("www.example.com")
		c.bucket(api, *name)
		for _, key := range []string{"index.html", "docs/index.html", "404.html"} {
			must(c.put(api, *name, key, key))
		}
		must(api.PutBucketWebsite(c.ctx, &s3.PutBucketWebsiteInput{Bucket: name, WebsiteConfiguration: &s3types.WebsiteConfiguration{
			IndexDocument: &s3types.IndexDocument{Suffix: aws.String("index.html")}, ErrorDocument: &s3types.ErrorDocument{Key: aws.String("404.html")},
		}}))
		cfg := c.config("")
		cfg.Origins.Items[0].DomainName = aws.String("www.example.com.s3-website-us-east-1.amazonaws.com")
		id, _ := c.create(cfg)
		c.deployed(id)
		if status, body := c.viewed(id, "/"); status != http.StatusForbidden || !strings.Contains(body, "Code: AccessDenied") {
			t.Errorf("a private bucket: %d %s", status, body)
		}
		everybody := aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::www.example.com","arn:aws:s3:::www.example.com/*"]}}`)
		_, err := api.PutBucketPolicy(c.ctx, &s3.PutBucketPolicyInput{Bucket: name, Policy: everybody})
		c.want(err, "AccessDenied")
		must(api.DeletePublicAccessBlock(c.ctx, &s3.DeletePublicAccessBlockInput{Bucket: name}))
		must(api.PutBucketPolicy(c.ctx, &s3.PutBucketPolicyInput{Bucket: name, Policy: everybody}))
		if !*must(api.GetBucketPolicyStatus(c.ctx, &s3.GetBucketPolicyStatusInput{Bucket: name})).PolicyStatus.IsPublic {
			t.Error("the policy is not public")
		}
		for path, want := range map[string]struct {
			status int
			body   string
		}{"/": {200, "index.html"}, "/docs/": {200, "docs/index.html"}, "/docs": {302, ""}, "/none": {404, "404.html"}} {
			if status, body := c.viewed(id, path); status != want.status || body != want.body {
				t.Errorf("%s: %d %q, want %+v", path, status, body, want)
			}
		}
		anonymous := must(http.NewRequestWithContext(c.ctx, http.MethodGet, "https://s3.amazonaws.com/www.example.com/index.html", nil))
		resp := must(c.sim.Transport().RoundTrip(anonymous))
		if got := string(must(io.ReadAll(resp.Body))); resp.StatusCode != http.StatusOK || got != "index.html" {
			t.Errorf("an anonymous reader: %d %s", resp.StatusCode, got)
		}
	})
}

func TestBrokenBucketPoliciesAreRefused(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api := c.storage("us-east-1")
		c.bucket(api, "site")
		for _, policy := range []string{
			"no JSON", `{}`, strings.Replace(readFor, "Allow", "Permit", 1), strings.Replace(readFor, ":::site", ":::other", 1),
			strings.Replace(readFor, `"Action":"s3:GetObject",`, "", 1), strings.Replace(readFor, ":::site/*", ":::site", 1), strings.Replace(readFor, "s3:GetObject", "s4:GetObject", 1),
			strings.Replace(readFor, `"Service":"cloudfront.amazonaws.com"`, `"AWS":"nobody"`, 1),
		} {
			_, err := api.PutBucketPolicy(c.ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("site"), Policy: &policy})
			c.want(err, "MalformedPolicy")
		}
	})
}

// multipart begins an upload whose parts have SHA-256 sums.
func (c *client) multipart(api *s3.Client, bucket, key string) *string {
	return must(api.CreateMultipartUpload(c.ctx, &s3.CreateMultipartUploadInput{
		Bucket: &bucket, Key: &key, ContentType: aws.String("text/plain"), Tagging: aws.String("a=b"), ChecksumAlgorithm: s3types.ChecksumAlgorithmSha256,
	})).UploadId
}

func TestAnObjectArrivesInParts(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api, name, key := c.storage("us-east-1"), aws.String("site"), aws.String("big")
		c.bucket(api, "site")
		large := strings.Repeat("0123456789abcdef", 5<<20/16)
		id := c.multipart(api, "site", "big")
		put := func(n int32, body string) *string {
			return must(api.UploadPart(c.ctx, &s3.UploadPartInput{
				Bucket: name, Key: key, UploadId: id, PartNumber: &n, Body: strings.NewReader(body), ChecksumAlgorithm: s3types.ChecksumAlgorithmSha256,
			})).ETag
		}
		complete := func(change func(*s3.CompleteMultipartUploadInput), parts ...s3types.CompletedPart) (*s3.CompleteMultipartUploadOutput, error) {
			in := &s3.CompleteMultipartUploadInput{Bucket: name, Key: key, UploadId: id, MultipartUpload: &s3types.CompletedMultipartUpload{Parts: parts}}
			change(in)
			return api.CompleteMultipartUpload(c.ctx, in)
		}
		always := func(*s3.CompleteMultipartUploadInput) {}
		part := func(n int32, etag *string) s3types.CompletedPart {
			return s3types.CompletedPart{PartNumber: &n, ETag: etag}
		}

		small, again := part(1, put(1, "small")), part(3, put(3, "again"))
		_, err := complete(always, small, again)
		c.want(err, "EntityTooSmall")
		_, err = complete(always, again, small)
		c.want(err, "InvalidPartOrder")
		_, err = complete(always, part(1, again.ETag))
		c.want(err, "InvalidPart")
		_, err = complete(always, part(2, again.ETag))
		c.want(err, "InvalidPart")
		_, err = complete(func(in *s3.CompleteMultipartUploadInput) { in.IfMatch = aws.String("x") }, again)
		c.want(err, "NoSuchKey")
		_, err = api.UploadPart(c.ctx, &s3.UploadPartInput{Bucket: name, Key: key, UploadId: id, PartNumber: aws.Int32(1), Body: strings.NewReader("x"), ChecksumAlgorithm: s3types.ChecksumAlgorithmCrc32})
		c.want(err, "InvalidRequest")
		_, err = api.UploadPart(c.ctx, &s3.UploadPartInput{Bucket: name, Key: key, UploadId: id, PartNumber: aws.Int32(10_001), Body: strings.NewReader("x")})
		c.want(err, "InvalidArgument")
		if got := c.read(api, "site", "big"); got != "NoSuchKey" {
			t.Errorf("before it is complete, it is %q", got)
		}

		first := part(1, put(1, large)) // in place of the small one
		var numbers []int32
		pages := s3.NewListPartsPaginator(api, &s3.ListPartsInput{Bucket: name, Key: key, UploadId: id, MaxParts: aws.Int32(1)})
		for pages.HasMorePages() {
			for _, p := range must(pages.NextPage(c.ctx)).Parts {
				numbers = append(numbers, *p.PartNumber)
			}
		}
		equal(t, "parts", numbers, []int32{1, 3})
		made := must(complete(func(in *s3.CompleteMultipartUploadInput) { in.IfNoneMatch = aws.String("*") }, first, again))
		_, err = complete(always, first, again)
		c.want(err, "NoSuchUpload")

		out := must(api.GetObject(c.ctx, &s3.GetObjectInput{Bucket: name, Key: key}))
		if got := string(must(io.ReadAll(out.Body))); got != large+"again" || *out.ETag != *made.ETag || !strings.HasSuffix(*made.ETag, `-2"`) || *out.ContentType != "text/plain" || *out.TagCount != 1 {
			t.Errorf("%d bytes, %+v, made %+v", len(got), out, made)
		}
		second := must(api.GetObject(c.ctx, &s3.GetObjectInput{Bucket: name, Key: key, PartNumber: aws.Int32(2)}))
		if got := string(must(io.ReadAll(second.Body))); got != "again" || *second.PartsCount != 2 {
			t.Errorf("the second part is %q, %+v", got, second)
		}
		_, err = api.GetObject(c.ctx, &s3.GetObjectInput{Bucket: name, Key: key, PartNumber: aws.Int32(3)})
		c.want(err, "InvalidPartNumber")
		told := must(api.GetObjectAttributes(c.ctx, &s3.GetObjectAttributesInput{Bucket: name, Key: key, ObjectAttributes: []s3types.ObjectAttributes{"ETag", "Checksum", "ObjectParts", "ObjectSize", "StorageClass"}}))
		if `"`+*told.ETag+`"` != *made.ETag || *told.Checksum.ChecksumSHA256 != *made.ChecksumSHA256 || told.Checksum.ChecksumType != "COMPOSITE" || *told.ObjectParts.TotalPartsCount != 2 || *told.ObjectSize != 5<<20+5 {
			t.Errorf("its attributes are %+v", told)
		}

		id, key = c.multipart(api, "site", "copy"), aws.String("copy")
		from := must(api.UploadPartCopy(c.ctx, &s3.UploadPartCopyInput{Bucket: name, Key: key, UploadId: id, PartNumber: aws.Int32(1), CopySource: aws.String("site/big"), CopySourceRange: aws.String("bytes=5242880-5242884")}))
		_, err = api.UploadPartCopy(c.ctx, &s3.UploadPartCopyInput{Bucket: name, Key: key, UploadId: id, PartNumber: aws.Int32(1), CopySource: aws.String("site/big"), CopySourceRange: aws.String("bytes=0-9999999")})
		c.want(err, "InvalidArgument")
		must(complete(always, part(1, from.CopyPartResult.ETag)))
		if got := c.read(api, "site", "copy"); got != "again" {
			t.Errorf("the copy of a range is %q", got)
		}

		id = c.multipart(api, "site", "copy")
		if list := must(api.ListMultipartUploads(c.ctx, &s3.ListMultipartUploadsInput{Bucket: name})).Uploads; len(list) != 1 || *list[0].UploadId != *id {
			t.Errorf("the uploads are %+v", list)
		}
		must(api.AbortMultipartUpload(c.ctx, &s3.AbortMultipartUploadInput{Bucket: name, Key: key, UploadId: id}))
		_, err = api.ListParts(c.ctx, &s3.ListPartsInput{Bucket: name, Key: key, UploadId: id})
		c.want(err, "NoSuchUpload")
	})
}

func TestWhatCannotBeSaidOfAnObjectIsRefused(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api, name, key := c.storage("us-east-1"), aws.String("site"), aws.String("k")
		c.bucket(api, "site")
		for want, change := range map[string]func(*s3.PutObjectInput){
			"MetadataTooLarge":              func(in *s3.PutObjectInput) { in.Metadata = map[string]string{"a": strings.Repeat("x", 2048)} },
			"BadRequest":                    func(in *s3.PutObjectInput) { in.Tagging = aws.String("a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1") },
			"InvalidArgument":               func(in *s3.PutObjectInput) { in.ServerSideEncryption = "rot13" },
			"InvalidStorageClass":           func(in *s3.PutObjectInput) { in.StorageClass = "ATTIC" },
			"InvalidDigest":                 func(in *s3.PutObjectInput) { in.ContentMD5 = aws.String("zzz") },
			"BadDigest":                     func(in *s3.PutObjectInput) { in.ContentMD5 = aws.String("AAAAAAAAAAAAAAAAAAAAAA==") },
			"AccessControlListNotSupported": func(in *s3.PutObjectInput) { in.ACL = s3types.ObjectCannedACLPublicRead },
		} {
			_, err := c.put(api, "site", "k", "x", change)
			c.want(err, want)
		}
		must(c.put(api, "site", "k", "0123456789", func(in *s3.PutObjectInput) {
			in.StorageClass, in.ServerSideEncryption, in.SSEKMSKeyId, in.Metadata = s3types.StorageClassStandardIa, "aws:kms", aws.String("key"), map[string]string{"side": "blue"}
		}))
		if list := must(api.ListObjectsV2(c.ctx, &s3.ListObjectsV2Input{Bucket: name})).Contents; list[0].StorageClass != "STANDARD_IA" {
			t.Errorf("it is kept in %s", list[0].StorageClass)
		}
		out := must(api.GetObject(c.ctx, &s3.GetObjectInput{Bucket: name, Key: key, Range: aws.String("bytes=0-1,4-5"), ResponseContentType: aws.String("a/b"), ResponseCacheControl: aws.String("no-store")}))
		if got := string(must(io.ReadAll(out.Body))); got != "0123456789" || *out.ContentType != "a/b" || *out.CacheControl != "no-store" || out.ServerSideEncryption != "aws:kms" {
			t.Errorf("%q, %+v", got, out)
		}
		_, err := api.GetObject(c.ctx, &s3.GetObjectInput{Bucket: name, Key: key, IfUnmodifiedSince: aws.Time(now().Add(-time.Hour))})
		c.want(err, "PreconditionFailed")
		must(api.PutObjectAcl(c.ctx, &s3.PutObjectAclInput{Bucket: name, Key: key, ACL: s3types.ObjectCannedACLPrivate}))
		_, err = api.PutObjectAcl(c.ctx, &s3.PutObjectAclInput{Bucket: name, Key: key, ACL: s3types.ObjectCannedACLPublicRead})
		c.want(err, "AccessControlListNotSupported")
	})
}

func TestAReadOnConditionOfOldContentHasNoChecksum(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api := c.storage("us-east-1")
		c.bucket(api, "site")
		made := must(c.put(api, "site", "k", "x"))
		req := must(http.NewRequestWithContext(c.ctx, http.MethodGet, must(s3.NewPresignClient(api).PresignGetObject(c.ctx, &s3.GetObjectInput{Bucket: aws.String("site"), Key: aws.String("k")})).URL, nil))
		req.Header.Set("If-None-Match", *made.ETag)
		req.Header.Set("X-Amz-Checksum-Mode", "ENABLED")
		resp := must(c.sim.Transport().RoundTrip(req))
		resp.Body.Close()
		if resp.StatusCode != http.StatusNotModified || resp.Header.Get("X-Amz-Checksum-Crc32") != "" { // over which boto3 stumbles
			t.Errorf("%d %v", resp.StatusCode, resp.Header)
		}
	})
}

func TestABucketTakesLogs(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api, name := c.storage("us-east-1"), aws.String("logs")
		c.bucket(api, "logs")
		c.bucket(api, "site")
		acl := &s3.PutBucketAclInput{Bucket: name, ACL: s3types.BucketCannedACL("log-delivery-write")}
		_, err := api.PutBucketAcl(c.ctx, acl)
		c.want(err, "AccessControlListNotSupported")
		must(api.PutBucketOwnershipControls(c.ctx, &s3.PutBucketOwnershipControlsInput{Bucket: name, OwnershipControls: &s3types.OwnershipControls{Rules: []s3types.OwnershipControlsRule{{ObjectOwnership: s3types.ObjectOwnershipBucketOwnerPreferred}}}}))
		must(api.PutBucketAcl(c.ctx, acl))
		if grants := must(api.GetBucketAcl(c.ctx, &s3.GetBucketAclInput{Bucket: name})).Grants; len(grants) != 3 || grants[1].Permission != "WRITE" || *grants[1].Grantee.URI != "http://acs.amazonaws.com/groups/s3/LogDelivery" {
			t.Errorf("the grants are %+v", grants)
		}
		_, err = api.PutBucketAcl(c.ctx, &s3.PutBucketAclInput{Bucket: name, ACL: s3types.BucketCannedACLPublicRead})
		c.want(err, "AccessDenied") // public ACLs are blocked
		logging := &s3.PutBucketLoggingInput{Bucket: aws.String("site"), BucketLoggingStatus: &s3types.BucketLoggingStatus{LoggingEnabled: &s3types.LoggingEnabled{TargetBucket: aws.String("nobodys"), TargetPrefix: aws.String("")}}}
		_, err = api.PutBucketLogging(c.ctx, logging)
		c.want(err, "InvalidTargetBucketForLogging")
		logging.BucketLoggingStatus.LoggingEnabled.TargetBucket = name
		must(api.PutBucketLogging(c.ctx, logging))

		lifecycle := func(r s3types.LifecycleRule) (*s3.PutBucketLifecycleConfigurationOutput, error) {
			return api.PutBucketLifecycleConfiguration(c.ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: name, LifecycleConfiguration: &s3types.BucketLifecycleConfiguration{Rules: []s3types.LifecycleRule{r}}})
		}
		rule := s3types.LifecycleRule{Status: s3types.ExpirationStatusEnabled, Filter: &s3types.LifecycleRuleFilter{Prefix: aws.String("")}}
		_, err = lifecycle(rule)
		c.want(err, "InvalidRequest")
		rule.Expiration = &s3types.LifecycleExpiration{Days: aws.Int32(1)}
		must(lifecycle(rule))
		if out := must(api.GetBucketLifecycleConfiguration(c.ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: name})); *out.Rules[0].ID == "" || out.TransitionDefaultMinimumObjectSize != "all_storage_classes_128K" {
			t.Errorf("the lifecycle is %+v", out)
		}
		_, err = api.PutBucketCors(c.ctx, &s3.PutBucketCorsInput{Bucket: name, CORSConfiguration: &s3types.CORSConfiguration{CORSRules: []s3types.CORSRule{{AllowedMethods: []string{"PATCH"}, AllowedOrigins: []string{"*"}}}}})
		c.want(err, "InvalidRequest")
	})
}
