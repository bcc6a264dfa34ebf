package conformance

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// keyPair is made once: it takes a while.
var keyPair = must(rsa.GenerateKey(rand.Reader, 2048))

func encoded(key *rsa.PublicKey) *string {
	return aws.String(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(key))})))
}

// sign makes the parameters of a signed URL as the AWS CLI makes them.
func sign(policy, parameter, value, key string) string {
	sum := sha1.Sum([]byte(policy))
	safe := strings.NewReplacer("+", "-", "=", "_", "/", "~")
	signature := safe.Replace(base64.StdEncoding.EncodeToString(must(rsa.SignPKCS1v15(rand.Reader, keyPair, crypto.SHA1, sum[:]))))
	if value == "" {
		value = safe.Replace(base64.StdEncoding.EncodeToString([]byte(policy)))
	}
	return parameter + "=" + value + "&Signature=" + signature + "&Key-Pair-Id=" + key
}

func TestTrustedKeyGroupsDecideWhoIsServed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		config := &types.PublicKeyConfig{CallerReference: aws.String("1"), Name: aws.String("k"), EncodedKey: aws.String("no key")}
		_, err := c.cf.CreatePublicKey(c.ctx, &cloudfront.CreatePublicKeyInput{PublicKeyConfig: config})
		c.want(err, "InvalidArgument")
		config.EncodedKey = encoded(&keyPair.PublicKey)
		key := must(c.cf.CreatePublicKey(c.ctx, &cloudfront.CreatePublicKeyInput{PublicKeyConfig: config}))
		_, err = c.cf.CreatePublicKey(c.ctx, &cloudfront.CreatePublicKeyInput{PublicKeyConfig: config})
		c.want(err, "PublicKeyAlreadyExists")
		config.Name = aws.String("other")
		_, err = c.cf.UpdatePublicKey(c.ctx, &cloudfront.UpdatePublicKeyInput{Id: key.PublicKey.Id, IfMatch: key.ETag, PublicKeyConfig: config})
		c.want(err, "CannotChangeImmutablePublicKeyFields")
		config.Name, config.Comment = aws.String("k"), aws.String("ours")
		must(c.cf.UpdatePublicKey(c.ctx, &cloudfront.UpdatePublicKeyInput{Id: key.PublicKey.Id, IfMatch: key.ETag, PublicKeyConfig: config}))
		_, err = c.cf.DeletePublicKey(c.ctx, &cloudfront.DeletePublicKeyInput{Id: key.PublicKey.Id, IfMatch: key.ETag})
		c.want(err, "PreconditionFailed")
		part := must(c.cf.GetPublicKeyConfig(c.ctx, &cloudfront.GetPublicKeyConfigInput{Id: key.PublicKey.Id}))
		if list := must(c.cf.ListPublicKeys(c.ctx, &cloudfront.ListPublicKeysInput{})).PublicKeyList; len(list.Items) != 1 || *list.Items[0].Comment != *part.PublicKeyConfig.Comment {
			t.Errorf("the keys are %+v", list)
		}

		grouped := &types.KeyGroupConfig{Name: aws.String("g"), Items: []string{"KNONE"}}
		_, err = c.cf.CreateKeyGroup(c.ctx, &cloudfront.CreateKeyGroupInput{KeyGroupConfig: grouped})
		c.want(err, "InvalidArgument")
		grouped.Items = []string{*key.PublicKey.Id}
		group := must(c.cf.CreateKeyGroup(c.ctx, &cloudfront.CreateKeyGroupInput{KeyGroupConfig: grouped}))
		_, err = c.cf.CreateKeyGroup(c.ctx, &cloudfront.CreateKeyGroupInput{KeyGroupConfig: grouped})
		c.want(err, "KeyGroupAlreadyExists")
		_, err = c.cf.DeletePublicKey(c.ctx, &cloudfront.DeletePublicKeyInput{Id: key.PublicKey.Id, IfMatch: must(c.cf.GetPublicKey(c.ctx, &cloudfront.GetPublicKeyInput{Id: key.PublicKey.Id})).ETag})
		c.want(err, "PublicKeyInUse")
		grouped.Comment = aws.String("ours")
		group2 := must(c.cf.UpdateKeyGroup(c.ctx, &cloudfront.UpdateKeyGroupInput{Id: group.KeyGroup.Id, IfMatch: group.ETag, KeyGroupConfig: grouped}))
		if read := must(c.cf.GetKeyGroup(c.ctx, &cloudfront.GetKeyGroupInput{Id: group.KeyGroup.Id})); *read.ETag != *group2.ETag || *read.KeyGroup.KeyGroupConfig.Comment != "ours" {
			t.Errorf("the group is %+v", read.KeyGroup)
		}
		must(c.cf.GetKeyGroupConfig(c.ctx, &cloudfront.GetKeyGroupConfigInput{Id: group.KeyGroup.Id}))
		if list := must(c.cf.ListKeyGroups(c.ctx, &cloudfront.ListKeyGroupsInput{})).KeyGroupList; len(list.Items) != 1 || *list.Items[0].KeyGroup.Id != *group.KeyGroup.Id {
			t.Errorf("the groups are %+v", list)
		}

		cfg := c.config("")
		cfg.DefaultCacheBehavior.TrustedKeyGroups = &types.TrustedKeyGroups{Enabled: aws.Bool(true), Quantity: aws.Int32(1), Items: []string{"none"}}
		_, err = c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: cfg})
		c.want(err, "TrustedKeyGroupDoesNotExist")
		cfg.DefaultCacheBehavior.TrustedKeyGroups.Items[0] = *group.KeyGroup.Id
		id, _ := c.create(cfg)
		c.deployed(id)
		if active := c.get(id).Distribution.ActiveTrustedKeyGroups; !*active.Enabled || active.Items[0].KeyPairIds.Items[0] != *key.PublicKey.Id {
			t.Errorf("active are %+v", active)
		}
		if by := must(c.cf.ListDistributionsByKeyGroup(c.ctx, &cloudfront.ListDistributionsByKeyGroupInput{KeyGroupId: group.KeyGroup.Id})).DistributionIdList; len(by.Items) != 1 || by.Items[0] != id {
			t.Errorf("it is used by %+v", by)
		}
		_, err = c.cf.DeleteKeyGroup(c.ctx, &cloudfront.DeleteKeyGroupInput{Id: group.KeyGroup.Id, IfMatch: group2.ETag})
		c.want(err, "ResourceInUse")

		address := "https://" + *c.get(id).Distribution.DomainName
		canned := func(path string, until time.Time) string {
			epoch := fmt.Sprint(until.Unix())
			return sign(`{"Statement":[{"Resource":"`+address+path+`","Condition":{"DateLessThan":{"AWS:EpochTime":`+epoch+`}}}]}`, "Expires", epoch, *key.PublicKey.Id)
		}
		custom := func(resource, more string) string {
			return sign(fmt.Sprintf(`{"Statement":[{"Resource":"%s","Condition":{"DateLessThan":{"AWS:EpochTime":%d}%s}}]}`, resource, now().Add(time.Hour).Unix(), more), "Policy", "", *key.PublicKey.Id)
		}
		later := now().Add(time.Hour)
		for path, want := range map[string]string{
			"/a": "MissingKey", "/a?Key-Pair-Id=" + *key.PublicKey.Id: "MissingSignature",
			"/b?" + canned("/b", later): "200", "/b?x=1&" + canned("/b?x=1", later): "200", "/b?y=1&" + canned("/b", later): "AccessDenied",
			"/c?" + canned("/b", later): "AccessDenied", "/d?" + canned("/d", now()): "AccessDenied",
			"/e?" + strings.Replace(canned("/e", later), *key.PublicKey.Id, "KNONE", 1):                  "InvalidKey",
			"/f/g?" + custom(address+"/f/*", ""):                                                         "200",
			"/h?" + custom(address+"/f/*", ""):                                                           "AccessDenied",
			"/i?" + custom("*", fmt.Sprintf(`,"DateGreaterThan":{"AWS:EpochTime":%d}`, later.Unix()-60)): "AccessDenied",
			"/j?" + custom("*", `,"IpAddress":{"AWS:SourceIp":"198.18.0.0/16"}`):                         "200",
			"/k?" + custom("*", `,"IpAddress":{"AWS:SourceIp":"192.0.2.1"}`):                             "AccessDenied",
		} {
			if status, body := c.viewed(id, path); want == "200" && status != http.StatusOK || want != "200" && (status != http.StatusForbidden || !strings.Contains(body, "<Code>"+want+"</Code>")) {
				t.Errorf("%s: %d %s, want %s", path, status, body, want)
			}
		}
		req := must(http.NewRequestWithContext(c.ctx, http.MethodGet, address+"/f/h", nil))
		for pair := range strings.SplitSeq(custom(address+"/f/*", ""), "&") {
			name, value, _ := strings.Cut(pair, "=")
			req.AddCookie(&http.Cookie{Name: "CloudFront-" + name, Value: value})
		}
		resp := must(c.sim.Transport().RoundTrip(req))
		defer resp.Body.Close()
		if body := must(io.ReadAll(resp.Body)); resp.StatusCode != http.StatusOK {
			t.Errorf("with signed cookies: %d %s", resp.StatusCode, body)
		}

		got := must(c.cf.GetDistributionConfig(c.ctx, &cloudfront.GetDistributionConfigInput{Id: &id}))
		got.DistributionConfig.DefaultCacheBehavior.TrustedKeyGroups = &types.TrustedKeyGroups{Enabled: aws.Bool(false), Quantity: aws.Int32(0)}
		must(c.cf.UpdateDistribution(c.ctx, &cloudfront.UpdateDistributionInput{Id: &id, IfMatch: got.ETag, DistributionConfig: got.DistributionConfig}))
		must(c.cf.DeleteKeyGroup(c.ctx, &cloudfront.DeleteKeyGroupInput{Id: group.KeyGroup.Id, IfMatch: group2.ETag}))
		must(c.cf.DeletePublicKey(c.ctx, &cloudfront.DeletePublicKeyInput{Id: key.PublicKey.Id, IfMatch: must(c.cf.GetPublicKey(c.ctx, &cloudfront.GetPublicKeyInput{Id: key.PublicKey.Id})).ETag}))
	})
}

func TestABucketServesTheIdentitiesThatItsPolicyNames(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api, name := c.storage("us-east-1"), aws.String("site")
		c.bucket(api, "site")
		must(c.put(api, "site", "k", "hello", func(in *s3.PutObjectInput) { in.CacheControl = aws.String("no-store") }))
		config := &types.CloudFrontOriginAccessIdentityConfig{CallerReference: aws.String("1"), Comment: aws.String("")}
		made := must(c.cf.CreateCloudFrontOriginAccessIdentity(c.ctx, &cloudfront.CreateCloudFrontOriginAccessIdentityInput{CloudFrontOriginAccessIdentityConfig: config}))
		id := made.CloudFrontOriginAccessIdentity.Id
		if again := must(c.cf.CreateCloudFrontOriginAccessIdentity(c.ctx, &cloudfront.CreateCloudFrontOriginAccessIdentityInput{CloudFrontOriginAccessIdentityConfig: config})); *again.CloudFrontOriginAccessIdentity.Id != *id {
			t.Errorf("a repeated creation made %s", *again.CloudFrontOriginAccessIdentity.Id)
		}
		config.Comment = aws.String("the site")
		_, err := c.cf.CreateCloudFrontOriginAccessIdentity(c.ctx, &cloudfront.CreateCloudFrontOriginAccessIdentityInput{CloudFrontOriginAccessIdentityConfig: config})
		c.want(err, "CloudFrontOriginAccessIdentityAlreadyExists")
		must(c.cf.UpdateCloudFrontOriginAccessIdentity(c.ctx, &cloudfront.UpdateCloudFrontOriginAccessIdentityInput{Id: id, IfMatch: made.ETag, CloudFrontOriginAccessIdentityConfig: config}))
		config.CallerReference = aws.String("2")
		current := must(c.cf.GetCloudFrontOriginAccessIdentity(c.ctx, &cloudfront.GetCloudFrontOriginAccessIdentityInput{Id: id}))
		_, err = c.cf.UpdateCloudFrontOriginAccessIdentity(c.ctx, &cloudfront.UpdateCloudFrontOriginAccessIdentityInput{Id: id, IfMatch: current.ETag, CloudFrontOriginAccessIdentityConfig: config})
		c.want(err, "IllegalUpdate")
		part := must(c.cf.GetCloudFrontOriginAccessIdentityConfig(c.ctx, &cloudfront.GetCloudFrontOriginAccessIdentityConfigInput{Id: id}))
		list := must(c.cf.ListCloudFrontOriginAccessIdentities(c.ctx, &cloudfront.ListCloudFrontOriginAccessIdentitiesInput{})).CloudFrontOriginAccessIdentityList
		if *part.CloudFrontOriginAccessIdentityConfig.Comment != "the site" || len(list.Items) != 1 || *list.Items[0].S3CanonicalUserId != *made.CloudFrontOriginAccessIdentity.S3CanonicalUserId {
			t.Errorf("%+v, listed %+v", part.CloudFrontOriginAccessIdentityConfig, list)
		}

		cfg := c.config("")
		cfg.Origins.Items[0] = types.Origin{
			Id: aws.String("o"), DomainName: aws.String("site.s3.us-east-1.amazonaws.com"),
			S3OriginConfig: &types.S3OriginConfig{OriginAccessIdentity: aws.String("origin-access-identity/cloudfront/ENONE")},
		}
		_, err = c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: cfg})
		c.want(err, "InvalidOriginAccessIdentity")
		cfg.Origins.Items[0].S3OriginConfig.OriginAccessIdentity = aws.String("origin-access-identity/cloudfront/" + *id)
		distribution, _ := c.create(cfg)
		c.deployed(distribution)
		if status, _ := c.viewed(distribution, "/k"); status != http.StatusForbidden {
			t.Errorf("without a policy: %d", status)
		}
		allow := func(principal string) (*s3.PutBucketPolicyOutput, error) {
			return api.PutBucketPolicy(c.ctx, &s3.PutBucketPolicyInput{Bucket: name, Policy: aws.String(
				`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{` + principal + `},"Action":"s3:GetObject","Resource":"arn:aws:s3:::site/*"}]}`)})
		}
		_, err = allow(`"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ENONE"`)
		c.want(err, "MalformedPolicy")
		for _, principal := range []string{`"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ` + *id + `"`, `"CanonicalUser":"` + *made.CloudFrontOriginAccessIdentity.S3CanonicalUserId + `"`} {
			must(allow(principal))
			if status, body := c.viewed(distribution, "/k"); status != http.StatusOK || body != "hello" {
				t.Errorf("with %s: %d %s", principal, status, body)
			}
		}
		_, err = c.cf.DeleteCloudFrontOriginAccessIdentity(c.ctx, &cloudfront.DeleteCloudFrontOriginAccessIdentityInput{Id: id, IfMatch: current.ETag})
		c.want(err, "CloudFrontOriginAccessIdentityInUse")
		got := must(c.cf.GetDistributionConfig(c.ctx, &cloudfront.GetDistributionConfigInput{Id: &distribution}))
		got.DistributionConfig.Origins.Items[0].S3OriginConfig.OriginAccessIdentity = aws.String("")
		must(c.cf.UpdateDistribution(c.ctx, &cloudfront.UpdateDistributionInput{Id: &distribution, IfMatch: got.ETag, DistributionConfig: got.DistributionConfig}))
		must(c.cf.DeleteCloudFrontOriginAccessIdentity(c.ctx, &cloudfront.DeleteCloudFrontOriginAccessIdentityInput{Id: id, IfMatch: current.ETag}))
	})
}
