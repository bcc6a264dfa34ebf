package awsapi_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	kvs "github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyendpoints "github.com/aws/smithy-go/endpoints"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// everyOperation calls AWS once each way that the packages below this one do, through
// the SDK and with next to nothing in it: whoever answers refuses all of it.
func everyOperation(cfg aws.Config) map[string]func(context.Context) error {
	cf, r53, cw := cloudfront.NewFromConfig(cfg), route53.NewFromConfig(cfg), cloudwatch.NewFromConfig(cfg)
	bucket := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	keys := kvs.NewFromConfig(cfg, func(o *kvs.Options) {
		o.EndpointResolverV2, o.BaseEndpoint = hostOf{o.BaseEndpoint, o.EndpointResolverV2}, nil
	})
	store := aws.String("arn:aws:cloudfront::123456789012:key-value-store/00000000-0000-4000-8000-000000000000")
	id, now := aws.String("E1EXAMPLE"), aws.Time(time.Unix(1e9, 0))
	config := &cftypes.DistributionConfig{
		CallerReference: id, Comment: id, Enabled: aws.Bool(true), DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{TargetOriginId: id, ViewerProtocolPolicy: "allow-all"},
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{{Id: id, DomainName: id}}},
	}
	policy := &cftypes.ContinuousDeploymentPolicyConfig{Enabled: aws.Bool(false), StagingDistributionDnsNames: &cftypes.StagingDistributionDnsNames{Quantity: aws.Int32(0)}}
	target := &cftypes.DistributionResourceId{DistributionId: id}
	return map[string]func(context.Context) error{
		"GetDistribution": func(ctx context.Context) error {
			_, err := cf.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: id})
			return err
		},
		"GetDistributionConfig": func(ctx context.Context) error {
			_, err := cf.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: id})
			return err
		},
		"ListDistributions": func(ctx context.Context) error {
			_, err := cf.ListDistributions(ctx, &cloudfront.ListDistributionsInput{})
			return err
		},
		"ListDomainConflicts": func(ctx context.Context) error {
			_, err := cf.ListDomainConflicts(ctx, &cloudfront.ListDomainConflictsInput{Domain: id, DomainControlValidationResource: target})
			return err
		},
		"GetInvalidation": func(ctx context.Context) error {
			_, err := cf.GetInvalidation(ctx, &cloudfront.GetInvalidationInput{DistributionId: id, Id: id})
			return err
		},
		"ListInvalidations": func(ctx context.Context) error {
			_, err := cf.ListInvalidations(ctx, &cloudfront.ListInvalidationsInput{DistributionId: id})
			return err
		},
		"GetCachePolicy": func(ctx context.Context) error {
			_, err := cf.GetCachePolicy(ctx, &cloudfront.GetCachePolicyInput{Id: id})
			return err
		},
		"GetContinuousDeploymentPolicy": func(ctx context.Context) error {
			_, err := cf.GetContinuousDeploymentPolicy(ctx, &cloudfront.GetContinuousDeploymentPolicyInput{Id: id})
			return err
		},
		"ListContinuousDeploymentPolicies": func(ctx context.Context) error {
			_, err := cf.ListContinuousDeploymentPolicies(ctx, &cloudfront.ListContinuousDeploymentPoliciesInput{})
			return err
		},
		"CreateContinuousDeploymentPolicy": func(ctx context.Context) error {
			_, err := cf.CreateContinuousDeploymentPolicy(ctx, &cloudfront.CreateContinuousDeploymentPolicyInput{ContinuousDeploymentPolicyConfig: policy})
			return err
		},
		"UpdateContinuousDeploymentPolicy": func(ctx context.Context) error {
			_, err := cf.UpdateContinuousDeploymentPolicy(ctx, &cloudfront.UpdateContinuousDeploymentPolicyInput{Id: id, ContinuousDeploymentPolicyConfig: policy})
			return err
		},
		"DeleteContinuousDeploymentPolicy": func(ctx context.Context) error {
			_, err := cf.DeleteContinuousDeploymentPolicy(ctx, &cloudfront.DeleteContinuousDeploymentPolicyInput{Id: id})
			return err
		},
		"UpdateDistribution": func(ctx context.Context) error {
			_, err := cf.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: id, DistributionConfig: config})
			return err
		},
		"DeleteDistribution": func(ctx context.Context) error {
			_, err := cf.DeleteDistribution(ctx, &cloudfront.DeleteDistributionInput{Id: id})
			return err
		},
		"CopyDistribution": func(ctx context.Context) error {
			_, err := cf.CopyDistribution(ctx, &cloudfront.CopyDistributionInput{PrimaryDistributionId: id, CallerReference: id})
			return err
		},
		"UpdateDistributionWithStagingConfig": func(ctx context.Context) error {
			_, err := cf.UpdateDistributionWithStagingConfig(ctx, &cloudfront.UpdateDistributionWithStagingConfigInput{Id: id})
			return err
		},
		"UpdateDomainAssociation": func(ctx context.Context) error {
			_, err := cf.UpdateDomainAssociation(ctx, &cloudfront.UpdateDomainAssociationInput{Domain: id, TargetResource: target})
			return err
		},
		"AssociateAlias": func(ctx context.Context) error {
			_, err := cf.AssociateAlias(ctx, &cloudfront.AssociateAliasInput{Alias: id, TargetDistributionId: id})
			return err
		},
		"ListTagsForResource": func(ctx context.Context) error {
			_, err := cf.ListTagsForResource(ctx, &cloudfront.ListTagsForResourceInput{Resource: id})
			return err
		},
		"TagResource": func(ctx context.Context) error {
			_, err := cf.TagResource(ctx, &cloudfront.TagResourceInput{Resource: id, Tags: &cftypes.Tags{}})
			return err
		},
		"CreateInvalidation": func(ctx context.Context) error {
			_, err := cf.CreateInvalidation(ctx, &cloudfront.CreateInvalidationInput{DistributionId: id, InvalidationBatch: &cftypes.InvalidationBatch{CallerReference: id, Paths: &cftypes.Paths{Quantity: aws.Int32(0)}}})
			return err
		},
		"ListFunctions": func(ctx context.Context) error {
			_, err := cf.ListFunctions(ctx, &cloudfront.ListFunctionsInput{})
			return err
		},
		"DescribeFunction": func(ctx context.Context) error {
			_, err := cf.DescribeFunction(ctx, &cloudfront.DescribeFunctionInput{Name: id})
			return err
		},
		"GetFunction": func(ctx context.Context) error {
			_, err := cf.GetFunction(ctx, &cloudfront.GetFunctionInput{Name: id})
			return err
		},
		"CreateFunction": func(ctx context.Context) error {
			_, err := cf.CreateFunction(ctx, &cloudfront.CreateFunctionInput{Name: id, FunctionCode: []byte("{}"), FunctionConfig: &cftypes.FunctionConfig{Comment: id, Runtime: cftypes.FunctionRuntimeCloudfrontJs20}})
			return err
		},
		"TestFunction": func(ctx context.Context) error {
			_, err := cf.TestFunction(ctx, &cloudfront.TestFunctionInput{Name: id, IfMatch: id, EventObject: []byte("{}")})
			return err
		},
		"PublishFunction": func(ctx context.Context) error {
			_, err := cf.PublishFunction(ctx, &cloudfront.PublishFunctionInput{Name: id, IfMatch: id})
			return err
		},
		"DeleteFunction": func(ctx context.Context) error {
			_, err := cf.DeleteFunction(ctx, &cloudfront.DeleteFunctionInput{Name: id, IfMatch: id})
			return err
		},
		"CreateKeyValueStore": func(ctx context.Context) error {
			_, err := cf.CreateKeyValueStore(ctx, &cloudfront.CreateKeyValueStoreInput{Name: id})
			return err
		},
		"DeleteKeyValueStore": func(ctx context.Context) error {
			_, err := cf.DeleteKeyValueStore(ctx, &cloudfront.DeleteKeyValueStoreInput{Name: id, IfMatch: id})
			return err
		},
		"DescribeKeyValueStore": func(ctx context.Context) error { // of either service
			if _, err := cf.DescribeKeyValueStore(ctx, &cloudfront.DescribeKeyValueStoreInput{Name: id}); err != nil {
				return err
			}
			_, err := keys.DescribeKeyValueStore(ctx, &kvs.DescribeKeyValueStoreInput{KvsARN: store})
			return err
		},
		"GetKey": func(ctx context.Context) error {
			_, err := keys.GetKey(ctx, &kvs.GetKeyInput{KvsARN: store, Key: id})
			return err
		},
		"PutKey": func(ctx context.Context) error {
			_, err := keys.PutKey(ctx, &kvs.PutKeyInput{KvsARN: store, Key: id, Value: id, IfMatch: id})
			return err
		},
		"GetHostedZone": func(ctx context.Context) error {
			_, err := r53.GetHostedZone(ctx, &route53.GetHostedZoneInput{Id: id})
			return err
		},
		"ListResourceRecordSets": func(ctx context.Context) error {
			_, err := r53.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: id})
			return err
		},
		"ListResourceRecordSetProtections": func(ctx context.Context) error {
			_, err := r53.GetHostedZone(ctx, &route53.GetHostedZoneInput{Id: id})
			return err
		}, // where this SDK has it
		"GetChange": func(ctx context.Context) error {
			_, err := r53.GetChange(ctx, &route53.GetChangeInput{Id: id})
			return err
		},
		"ChangeResourceRecordSets": func(ctx context.Context) error {
			_, err := r53.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{HostedZoneId: id, ChangeBatch: &r53types.ChangeBatch{Changes: []r53types.Change{}}})
			return err
		},
		"DescribeCertificate": func(ctx context.Context) error {
			_, err := acm.NewFromConfig(cfg).DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: id})
			return err
		},
		"DescribeAlarms": func(ctx context.Context) error {
			_, err := cw.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{})
			return err
		},
		"GetMetricData": func(ctx context.Context) error {
			_, err := cw.GetMetricData(ctx, &cloudwatch.GetMetricDataInput{StartTime: now, EndTime: now, MetricDataQueries: []cwtypes.MetricDataQuery{}})
			return err
		},
		"GetObject": func(ctx context.Context) error {
			_, err := bucket.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: id})
			return err
		},
		"PutObject": func(ctx context.Context) error {
			_, err := bucket.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("bucket"), Key: id, Body: strings.NewReader("{}")})
			return err
		},
		"GetBucketPolicy": func(ctx context.Context) error {
			_, err := bucket.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String("bucket")})
			return err
		},
		"GetFunctionConfiguration": func(ctx context.Context) error {
			_, err := lambda.NewFromConfig(cfg).GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: id})
			return err
		},
		"GetCallerIdentity": func(ctx context.Context) error {
			_, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			return err
		},
	}
}

// hostOf keeps key value stores from putting an account's id in front of the one host there is.
type hostOf struct {
	host  *string
	rules kvs.EndpointResolverV2
}

// ResolveEndpoint implements kvs.EndpointResolverV2.
func (h hostOf) ResolveEndpoint(ctx context.Context, p kvs.EndpointParameters) (smithyendpoints.Endpoint, error) {
	e, err := h.rules.ResolveEndpoint(ctx, p)
	if uri, wrong := url.Parse(aws.ToString(h.host)); wrong == nil && h.host != nil {
		e.URI = *uri
	}
	return e, err
}

// Whoever adds an operation adds it here, too.
func TestEveryOperationIsAmongThoseTried(t *testing.T) {
	t.Parallel()
	have := everyOperation(config(nil))
	var found []string
	err := filepath.WalkDir(".", func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path) //nolint:gosec // of this repository
		for _, m := range regexp.MustCompile(`(?:\bapi|client)\.([A-Z]\w+)\(ctx, |\bNew(\w+)Paginator\(`).FindAllStringSubmatch(string(source), -1) {
			found = append(found, m[1]+m[2])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	found = slices.Compact(found)
	for _, operation := range found {
		if have[operation] == nil {
			t.Errorf("%s is not tried over a dead connection", operation)
		}
	}
	if len(found) < 25 {
		t.Errorf("found only %q", found)
	}
}

// A wire is a network of one client and one server, in memory, so that a bubble's clock
// drives it. Connections may be cut off from each other without either noticing.
type wire struct {
	accept chan net.Conn
	done   chan struct{}

	mu    sync.Mutex
	lines []*line
	next  string // what happens to the connection that is made next; "": nothing
}

// A line is one connection.
type line struct {
	net.Conn
	near net.Conn

	mu      sync.Mutex
	dead    bool            // what is sent arrives nowhere
	trickle bool            // what the server sends comes a byte a second
	ctx     context.Context //nolint:containedctx // it ends with the connection
	end     context.CancelFunc
}

// Accept implements net.Listener.
func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.accept:
		return c, nil
	case <-w.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (w *wire) Close() error { return nil }

// Addr implements net.Listener.
func (w *wire) Addr() net.Addr { return &net.TCPAddr{} }

// dial makes a connection, through two pipes with somebody in between who forwards.
func (w *wire) dial(context.Context, string, string) (net.Conn, error) {
	client, near := net.Pipe()
	far, server := net.Pipe()
	l := &line{Conn: far, near: near}
	l.ctx, l.end = context.WithCancel(context.Background())
	w.mu.Lock()
	l.dead, l.trickle = w.next == "blackholed", w.next == "trickling"
	w.next = ""
	w.lines = append(w.lines, l)
	w.mu.Unlock()
	go l.forward(far, near, false)
	go l.forward(near, far, true)
	select {
	case w.accept <- server:
	case <-w.done:
	}
	return client, nil
}

func (l *line) forward(to, from net.Conn, answer bool) {
	defer l.hangUp()
	buffer := make([]byte, 1)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		l.mu.Lock()
		dead, trickle := l.dead, l.trickle && answer
		l.mu.Unlock()
		if trickle {
			_ = clock.System{}.Sleep(l.ctx, time.Second) // its end shows at the next write
		}
		if dead {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// hangUp closes the end that the client has; the server's is told nothing.
func (l *line) hangUp() {
	l.end()
	_ = l.near.Close() // a pipe's end closes without fail, and twice
	_ = l.Close()
}

// cut makes every connection there is a dead one.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.lines {
		l.mu.Lock()
		l.dead = true
		l.mu.Unlock()
	}
}

// somebody is a certificate for the whole of AWS.
var somebody = sync.OnceValues(func() (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), IsCA: true, BasicConstraintsValid: true,
		DNSNames: []string{"aws.test"}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	parsed, err := x509.ParseCertificate(raw)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, pool
})

// refuseAll answers everything as CloudFront would what makes no sense.
func refuseAll(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.WriteHeader(http.StatusBadRequest)
	_, _ = io.WriteString(w, `<ErrorResponse><Error><Type>Sender</Type><Code>InvalidArgument</Code><Message>No.</Message></Error></ErrorResponse>`)
}

// answered says whether an error is the server's own.
func answered(err error) bool {
	resp, ok := errors.AsType[*awshttp.ResponseError](err)
	return ok && resp.HTTPStatusCode() == http.StatusBadRequest
}

// however are the ways to a server.
var however = []string{"HTTP", "HTTPS", "HTTP/2", "HTTP/2 through a proxy"}

// A serverOf answers over a wire until the test's bubble ends.
func serverOf(t *testing.T, w *wire, how string) aws.Config {
	return limitedServerOf(t, w, how, awsapi.DefaultAttempt)
}

// limitedServerOf has a client whose attempts may take so long.
func limitedServerOf(t *testing.T, w *wire, how string, limit time.Duration) aws.Config {
	t.Helper()
	certificate, pool := somebody()
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(strings.HasPrefix(how, "HTTP/2"))
	s := &http.Server{Handler: http.HandlerFunc(refuseAll), Protocols: protocols, ErrorLog: log.New(io.Discard, "", 0), TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}}
	accept := net.Listener(w)
	if strings.HasSuffix(how, "proxy") {
		accept = &tunnels{wire: w}
	}
	address := "https://aws.test"
	if how == "HTTP" {
		address = "http://aws.test"
		go func() { _ = s.Serve(accept) }()
	} else {
		go func() { _ = s.ServeTLS(accept, "", "") }()
	}
	client := awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.DialContext = w.dial
		tr.TLSClientConfig.RootCAs = pool
		tr.Proxy = nil
		if strings.HasSuffix(how, "proxy") {
			tr.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.test:3128"})
		}
	})
	cfg := aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(address), HTTPClient: awsapi.Limited(client, limit),
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		Retryer:     awsapi.Unrepeating(func() aws.Retryer { return retry.NewStandard() }),
	}
	t.Cleanup(func() {
		close(w.done)
		_ = s.Close()
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, l := range w.lines {
			l.hangUp()
		}
	})
	return cfg
}

// tunnels accepts what a client sends to a proxy, and answers CONNECT.
type tunnels struct{ *wire }

// Accept implements net.Listener.
func (u *tunnels) Accept() (net.Conn, error) {
	c, err := u.wire.Accept()
	if err != nil {
		return nil, err
	}
	return &tunnel{Conn: c}, nil
}

// A tunnel opens when it is first read.
type tunnel struct {
	net.Conn
	once sync.Once
	r    *bufio.Reader
	err  error
}

// Read implements net.Conn.
func (u *tunnel) Read(p []byte) (int, error) {
	u.once.Do(func() {
		u.r = bufio.NewReader(u.Conn)
		var req *http.Request
		if req, u.err = http.ReadRequest(u.r); u.err == nil && req.Method != http.MethodConnect {
			u.err = fmt.Errorf("%s and not CONNECT", req.Method)
		}
		if u.err == nil {
			_, u.err = io.WriteString(u.Conn, "HTTP/1.1 200 OK\r\n\r\n")
		}
	})
	if u.err != nil {
		return 0, u.err
	}
	return u.r.Read(p)
}

// Whatever happens to a connection, a call over it comes to an end within the time of
// its attempts, and the next one takes another connection. A read gets its answer by
// itself; whether a write took effect is for whoever looks.
func TestNoOperationHangsOnADeadConnection(t *testing.T) {
	t.Parallel()
	operations := everyOperation(config(nil))
	cells := 0
	for _, how := range however {
		for _, fault := range []string{"blackholed", "trickling", "half-open"} {
			cells += len(operations)
			t.Run(how+"/"+fault, func(t *testing.T) {
				t.Parallel()
				for operation := range operations {
					synctest.Test(t, func(t *testing.T) {
						w := &wire{accept: make(chan net.Conn), done: make(chan struct{})}
						call := everyOperation(serverOf(t, w, how))[operation]
						ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
						defer cancel()
						if fault == "half-open" {
							if err := call(ctx); !answered(err) {
								t.Fatalf("%s: there is no connection to begin with: %v", operation, err)
							}
							w.cut()
						} else {
							w.next = fault
						}
						read := strings.HasPrefix(operation, "Get") || strings.HasPrefix(operation, "List") || strings.HasPrefix(operation, "Describe")
						most := awsapi.DefaultAttempt + 5*time.Second // with what the SDK waits before it tries again
						if !read {
							most = 3*awsapi.DefaultAttempt + 5*time.Second
						}
						began := clock.System{}.Now()
						err := call(ctx)
						took := clock.System{}.Now().Sub(began)
						if took > most {
							t.Errorf("%s: took %s", operation, took)
						}
						if read && !answered(err) {
							t.Errorf("%s: a read did not get its answer over another connection: %v", operation, err)
						}
						if !read && !answered(err) { // over HTTP/2 a ping may find the connection dead before anything was sent
							wrapped := awsapi.Wrap(ctx, "writing", err)
							if !awsapi.Transient(wrapped) || strings.Contains(wrapped.Error(), "https response error") && !strings.Contains(wrapped.Error(), "lost") {
								t.Errorf("%s: %v", operation, wrapped)
							}
						}
						if err := call(ctx); !answered(err) {
							t.Errorf("%s: the next call took a dead connection: %v", operation, err)
						}
						if err := ctx.Err(); err != nil {
							t.Errorf("%s: hung for an hour", operation)
						}
					})
				}
			})
		}
	}
	t.Logf("%d operations, %d cells", len(operations), cells)
}

// Over HTTP/2 a connection is asked whether it is still there, so that one that is dead is
// found long before an attempt is over: giving up a request closes no connection.
func TestAPingFindsADeadConnectionBeforeTheAttemptIsOver(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"HTTP/2", "HTTP/2 through a proxy"} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{accept: make(chan net.Conn), done: make(chan struct{})}
			call := everyOperation(limitedServerOf(t, w, how, time.Hour))["GetDistribution"]
			if err := call(t.Context()); !answered(err) {
				t.Fatalf("there is no connection to begin with: %v", err)
			}
			w.cut()
			began := clock.System{}.Now()
			err := call(t.Context())
			if took := (clock.System{}).Now().Sub(began); !answered(err) || took > 30*time.Second {
				t.Errorf("%s: after %s: %v", how, took, err)
			}
		})
	}
}
