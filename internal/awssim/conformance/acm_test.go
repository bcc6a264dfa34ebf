package conformance

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestARequestedCertificateIsIssuedAndReal(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		arn := c.certificate("example.com", "*.example.com")
		d := must(c.acm.DescribeCertificate(c.ctx, &acm.DescribeCertificateInput{CertificateArn: &arn})).Certificate
		if d.Status != acmtypes.CertificateStatusIssued || d.Type != acmtypes.CertificateTypeAmazonIssued || d.CreatedAt == nil {
			t.Errorf("%+v", d)
		}
		for _, o := range d.DomainValidationOptions {
			if o.ResourceRecord == nil || o.ResourceRecord.Type != acmtypes.RecordTypeCname || *o.ResourceRecord.Name != *d.DomainValidationOptions[0].ResourceRecord.Name {
				t.Errorf("validation %+v", o)
			}
		}
		got := must(c.acm.GetCertificate(c.ctx, &acm.GetCertificateInput{CertificateArn: &arn}))
		block, _ := pem.Decode([]byte(*got.Certificate))
		leaf := must(x509.ParseCertificate(block.Bytes))
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM([]byte(*got.CertificateChain))
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "a.example.com", CurrentTime: now()}); err != nil {
			t.Error(err)
		}
		again := must(c.acm.RequestCertificate(c.ctx, &acm.RequestCertificateInput{DomainName: aws.String("x.example.com"), IdempotencyToken: aws.String("t")}))
		same := must(c.acm.RequestCertificate(c.ctx, &acm.RequestCertificateInput{DomainName: aws.String("x.example.com"), IdempotencyToken: aws.String("t")}))
		if *again.CertificateArn != *same.CertificateArn {
			t.Error("the idempotency token made two certificates")
		}
		_, err := c.acm.RequestCertificate(c.ctx, &acm.RequestCertificateInput{DomainName: aws.String("not a name")})
		c.want(err, "ValidationException")
	})
}

func TestACertificateInUseCannotBeDeleted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		arn := c.certificate("example.com")
		id, _ := c.create(c.config(arn))
		_, err := c.acm.DeleteCertificate(c.ctx, &acm.DeleteCertificateInput{CertificateArn: &arn})
		if _, ok := errors.AsType[*acmtypes.ResourceInUseException](err); !ok {
			t.Errorf("deleted: %v", err)
		}
		d := must(c.acm.DescribeCertificate(c.ctx, &acm.DescribeCertificateInput{CertificateArn: &arn})).Certificate
		equal(t, "InUseBy", d.InUseBy, []string{*c.get(id).Distribution.ARN})
		other := c.certificate("example.org")
		must(c.acm.DeleteCertificate(c.ctx, &acm.DeleteCertificateInput{CertificateArn: &other}))
		_, err = c.acm.DescribeCertificate(c.ctx, &acm.DescribeCertificateInput{CertificateArn: &other})
		c.want(err, "ResourceNotFoundException")
	})
}

func TestAnImportedCertificateIsWorthTheNamesInIt(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ignored.example.com"},
			DNSNames: []string{"www.example.com"}, NotBefore: now().Add(-time.Hour), NotAfter: now().AddDate(1, 0, 0),
		}
		der := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
		cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
		private := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: must(x509.MarshalECPrivateKey(key))})
		arn := *must(c.acm.ImportCertificate(c.ctx, &acm.ImportCertificateInput{Certificate: cert, PrivateKey: private})).CertificateArn
		c.create(c.config(arn, "www.example.com"))
		_, err := c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: c.config(arn, "ignored.example.com")})
		c.want(err, "InvalidViewerCertificate")
		foreign := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
		_, err = c.acm.ImportCertificate(c.ctx, &acm.ImportCertificateInput{
			Certificate: cert,
			PrivateKey:  pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: must(x509.MarshalECPrivateKey(foreign))}),
		})
		c.want(err, "ValidationException")

		pass(2 * 365 * 24 * time.Hour)
		_, err = c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: c.config(arn)})
		c.want(err, "InvalidViewerCertificate") // it has expired
	})
}

func TestCloudFrontTakesCertificatesOfOneRegionOnly(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		out := must(c.acm.RequestCertificate(c.ctx, &acm.RequestCertificateInput{DomainName: aws.String("www.example.com")},
			func(o *acm.Options) { o.Region = "eu-west-1" }))
		_, err := c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: c.config(*out.CertificateArn)})
		c.want(err, "InvalidViewerCertificate")
		_, err = c.acm.DescribeCertificate(c.ctx, &acm.DescribeCertificateInput{CertificateArn: out.CertificateArn})
		c.want(err, "ResourceNotFoundException")
		_, err = c.acm.DescribeCertificate(c.ctx, &acm.DescribeCertificateInput{CertificateArn: aws.String("arn:aws:acm:us-east-1:123456789012:distribution/E1")})
		c.want(err, "InvalidArnException")
	})
}

func TestCertificatesAreListedAndTagged(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		var want, got []string
		for range 3 {
			want = append(want, c.certificate("example.com"))
		}
		pages := acm.NewListCertificatesPaginator(c.acm, &acm.ListCertificatesInput{MaxItems: aws.Int32(2)})
		for pages.HasMorePages() {
			for _, s := range must(pages.NextPage(c.ctx)).CertificateSummaryList {
				got = append(got, *s.CertificateArn)
			}
		}
		equal(t, "certificates", got, want)
		tag := acmtypes.Tag{Key: aws.String("k"), Value: aws.String("v")}
		must(c.acm.AddTagsToCertificate(c.ctx, &acm.AddTagsToCertificateInput{CertificateArn: &want[0], Tags: []acmtypes.Tag{tag}}))
		if tags := must(c.acm.ListTagsForCertificate(c.ctx, &acm.ListTagsForCertificateInput{CertificateArn: &want[0]})).Tags; len(tags) != 1 || *tags[0].Value != "v" {
			t.Errorf("tags %+v", tags)
		}
		var many []acmtypes.Tag
		for i := range 51 {
			many = append(many, acmtypes.Tag{Key: aws.String(fmt.Sprint("k", i)), Value: aws.String("v")})
		}
		_, err := c.acm.AddTagsToCertificate(c.ctx, &acm.AddTagsToCertificateInput{CertificateArn: &want[0], Tags: many})
		if c.want(err, "ValidationException"); !strings.Contains(err.Error(), "Value '[Tag(key=k0, value=v), Tag(key=k1, value=v), ") || strings.Contains(err.Error(), "map[") {
			t.Errorf("51 tags at once: %v", err)
		}
		_, err = c.acm.AddTagsToCertificate(c.ctx, &acm.AddTagsToCertificateInput{CertificateArn: &want[0], Tags: many[:50]})
		if c.want(err, "TooManyTagsException"); !strings.Contains(err.Error(), "the TagSet: '{k=v, k0=v, ") {
			t.Errorf("51 tags in all: %v", err)
		}
		must(c.acm.RemoveTagsFromCertificate(c.ctx, &acm.RemoveTagsFromCertificateInput{CertificateArn: &want[0], Tags: []acmtypes.Tag{tag}}))
		if tags := must(c.acm.ListTagsForCertificate(c.ctx, &acm.ListTagsForCertificateInput{CertificateArn: &want[0]})).Tags; len(tags) != 0 {
			t.Errorf("tags %+v", tags)
		}
	})
}

func TestTheCallerHasAnIdentity(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		out := must(c.sts.GetCallerIdentity(c.ctx, &sts.GetCallerIdentityInput{}))
		if *out.Account != "123456789012" || out.Arn == nil || out.UserId == nil {
			t.Errorf("%+v", out)
		}
		if of := must(c.sts.GetAccessKeyInfo(c.ctx, &sts.GetAccessKeyInfoInput{AccessKeyId: aws.String("AKIDEXAMPLE123456789")})); *of.Account != *out.Account {
			t.Errorf("the key belongs to %s", *of.Account)
		}
	})
}
