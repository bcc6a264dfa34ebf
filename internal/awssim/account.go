package awssim

import (
	"slices"

	"golang.org/x/time/rate"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/acm"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/cloudfront"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/cloudwatch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/lambda"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/route53"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/s3"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// An Account is one account of a World: what its credentials see and change. Alternate domain
// names, DNS, the names of buckets and the points of presence are the world's.
type Account struct {
	*services

	world  *World
	number string
	reads  map[string]*rate.Limiter // by service
	may    permitted                // nil: everything; see plane.allowMu
}

// services are the control planes of one account.
type services struct {
	cloudfront *cloudfront.Service
	route53    *route53.Service
	acm        *acm.Service
	s3         *s3.Service
	cloudwatch *cloudwatch.Service
	lambda     *lambda.Service
	byName     map[string]wire.Service // by the model's name
}

// AddAccount adds an account, or returns the one that there is, and gives it access keys: as
// the first account has every key that is nobody's, it takes these for a user of its own that
// may do everything, whatever they sign with. Roles and users with its number are of it
// however they were added. Without a number it returns the first account.
func (w *World) AddAccount(number string, accessKeys ...string) *Account {
	if number == "" {
		number = w.options.Account
	}
	a := w.plane.account(number)
	if a == nil {
		a = w.newAccount(number)
	}
	if number != w.options.Account {
		w.plane.identity.Open(number, accessKeys...)
	}
	return a
}

// newAccount makes an account with nothing in it.
func (w *World) newAccount(number string) *Account {
	a, o := &Account{services: &services{}, world: w, number: number, reads: map[string]*rate.Limiter{}}, w.options
	first := w.services
	if first == nil {
		first = &services{}
	}
	a.acm = acm.New(acm.Options{
		Clock: o.Clock, Account: number,
		InUse: func(arn string) []string { return a.cloudfront.Uses(arn) }, // asked only while a call is served
	})
	a.cloudfront = cloudfront.New(cloudfront.Options{
		Beside: first.cloudfront,
		Clock:  o.Clock, Account: number, Seed: o.Seed, Knobs: o.Knobs, Propagation: w.propagation, Certificates: a.acm.Names,
		PointsAt:      w.pointsAt,
		TXT:           w.txt,
		EdgeFunction:  func(version string) string { return a.lambda.Edge(version) },
		FunctionState: func(version string) string { return a.lambda.State(version) },
		LogsTo:        func(domain string) string { return a.s3.LogsTo(domain) },
		Object:        func(bucket, key string) ([]byte, bool) { return a.s3.Object(bucket, key) },
	})
	a.route53 = route53.New(route53.Options{
		Beside: first.route53,
		Clock:  o.Clock, Account: number, Seed: o.Seed, Knobs: o.Knobs, OwnsName: a.cloudfront.Owns, TargetExists: a.cloudfront.Exists,
		Addresses: w.addresses,
	})
	a.cloudwatch = cloudwatch.New(cloudwatch.Options{
		Clock: o.Clock, Account: number, Published: []cloudwatch.Source{a.distributionMetrics, a.functionMetrics, a.healthMetrics},
	})
	a.s3 = s3.New(s3.Options{
		Clock: o.Clock, Account: number, Identity: a.cloudfront.Identity,
		Taken: func(bucket string) bool { return w.bucketOwner(bucket, a) != nil },
	})
	a.lambda = lambda.New(lambda.Options{Clock: o.Clock, Account: number, Knobs: o.Knobs, Replicated: a.cloudfront.Replicates, Object: a.s3.Object})
	a.byName = map[string]wire.Service{
		"cloudfront": a.cloudfront, "route53": a.route53, "acm": a.acm,
		"s3": a.s3, "cloudwatch": a.cloudwatch, "lambda": a.lambda,
		"sts": w.plane.identity, "cloudfront-keyvaluestore": a.cloudfront.KeyValues(),
	}
	w.plane.accountsMu.Lock()
	defer w.plane.accountsMu.Unlock()
	w.plane.accounts = append(w.plane.accounts, a)
	return a
}

// bucketOwner is the account but one that has a bucket, nil for none.
func (w *World) bucketOwner(bucket string, but *Account) *Account {
	for _, a := range w.plane.all() {
		if a != but && a.s3.Has(bucket) {
			return a
		}
	}
	return nil
}

// all lists the accounts, the first one first.
func (p *plane) all() []*Account {
	p.accountsMu.RLock()
	defer p.accountsMu.RUnlock()
	return slices.Clone(p.accounts)
}

// account is the one with a number, nil if the world has none.
func (p *plane) account(number string) *Account {
	for _, a := range p.all() {
		if a.number == number {
			return a
		}
	}
	return nil
}

// Number is the account's.
func (a *Account) Number() string { return a.number }

// Allow restricts every caller of the account to these IAM actions, besides what the world
// restricts every caller to; an empty list lifts the restriction.
func (a *Account) Allow(actions ...string) { a.world.plane.limit(&a.may, only(actions)) }

// Restrict makes an IAM policy document the only one that every caller of the account has,
// besides what the world restricts every caller to.
func (a *Account) Restrict(policy string) error {
	may, err := evaluating(policy)
	if err == nil {
		a.world.plane.limit(&a.may, may)
	}
	return err
}

// CloudFront is the control plane of that name.
func (s *services) CloudFront() *cloudfront.Service { return s.cloudfront }

// Route53 is the control plane of that name.
func (s *services) Route53() *route53.Service { return s.route53 }

// CloudWatch is the service of that name, for what befalls it without a call.
func (s *services) CloudWatch() *cloudwatch.Service { return s.cloudwatch }
