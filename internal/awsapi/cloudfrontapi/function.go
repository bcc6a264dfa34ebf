package cloudfrontapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// An EdgeFunction is a CloudFront Function. Its ETag counts what was written under its name, and
// begins anew where a name is used again: the same function has the same time of creation, too.
type EdgeFunction struct {
	Name, ARN, Comment string
	Runtime            string // "cloudfront-js-2.0"
	Created            time.Time
	ETag               string // of what is in development: the condition of every write
	Published          bool   // what serves is what is in development
	// Used: some distribution has it. CloudFront says so of what is published, and late.
	Used  bool
	Store string // ARN of the key value store that it reads; "": none
}

// What CloudFront says of a published function that no distribution has. Source: examples of
// the AWS CLI reference.
const unassociated = "UNASSOCIATED"

// Functions lists the functions of the account whose names begin with a prefix, sorted, without
// ETags. Source: ListFunctions, which has no paginator.
func (c *Client) Functions(ctx context.Context, prefix string) ([]EdgeFunction, error) {
	found := map[string]EdgeFunction{}
	in := &cloudfront.ListFunctionsInput{}
	for {
		page, err := c.api.ListFunctions(ctx, in)
		if err == nil && page.FunctionList == nil {
			err = errNotAnAnswer
		}
		if err != nil {
			return nil, awsapi.Wrap(ctx, "listing functions", err)
		}
		for _, item := range page.FunctionList.Items {
			name := aws.ToString(item.Name)
			if !strings.HasPrefix(name, prefix) {
				continue
			}
			f := readFunction(item)
			f.Used = f.Used || found[name].Used // the other stage has been seen already
			found[name] = f
		}
		if aws.ToString(page.FunctionList.NextMarker) == "" {
			break
		}
		in.Marker = page.FunctionList.NextMarker
	}
	out := make([]EdgeFunction, 0, len(found))
	for _, f := range found {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b EdgeFunction) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func readFunction(s types.FunctionSummary) EdgeFunction {
	f := EdgeFunction{Name: aws.ToString(s.Name)}
	if m := s.FunctionMetadata; m != nil {
		f.ARN, f.Created = aws.ToString(m.FunctionARN), aws.ToTime(m.CreatedTime)
		f.Used = m.Stage == types.FunctionStageLive && aws.ToString(s.Status) != unassociated
	}
	if s.FunctionConfig != nil {
		f.Comment, f.Runtime = aws.ToString(s.FunctionConfig.Comment), string(s.FunctionConfig.Runtime)
		if stores := s.FunctionConfig.KeyValueStoreAssociations; stores != nil && len(stores.Items) > 0 {
			f.Store = aws.ToString(stores.Items[0].KeyValueStoreARN)
		}
	}
	return f
}

// Function reads one function. Whether what is in development is what serves, its two stages
// tell by having one ETag: publishing does not count as a write. Source: DescribeFunction.
// Errors: ErrNotFound.
func (c *Client) Function(ctx context.Context, name string) (EdgeFunction, error) {
	doing := "reading function " + name
	dev, err := c.api.DescribeFunction(ctx, &cloudfront.DescribeFunctionInput{Name: aws.String(name), Stage: types.FunctionStageDevelopment})
	if err == nil && (dev.FunctionSummary == nil || dev.ETag == nil) {
		err = errNotAnAnswer
	}
	if err != nil {
		return EdgeFunction{}, awsapi.Wrap(ctx, doing, err)
	}
	live, err := c.api.DescribeFunction(ctx, &cloudfront.DescribeFunctionInput{Name: aws.String(name), Stage: types.FunctionStageLive})
	err = awsapi.Wrap(ctx, doing, err)
	f := readFunction(*dev.FunctionSummary)
	f.ETag = aws.ToString(dev.ETag)
	switch {
	case errors.Is(err, awsapi.ErrNotFound): // it has never been published
		return f, nil
	case err != nil:
		return EdgeFunction{}, err
	case live.FunctionSummary == nil:
		return EdgeFunction{}, awsapi.Wrap(ctx, doing, errNotAnAnswer)
	}
	served := readFunction(*live.FunctionSummary)
	f.Published, f.Used = aws.ToString(live.ETag) == f.ETag, served.Used
	return f, nil
}

// FunctionCode reads the code that serves. Source: GetFunction. Errors: ErrNotFound, also where
// the function has never been published.
func (c *Client) FunctionCode(ctx context.Context, name string) ([]byte, error) {
	return c.functionCode(ctx, name, types.FunctionStageLive)
}

// FunctionDraft reads the code that the next publication would make serve. Source: GetFunction. Errors: ErrNotFound.
func (c *Client) FunctionDraft(ctx context.Context, name string) ([]byte, error) {
	return c.functionCode(ctx, name, types.FunctionStageDevelopment)
}

func (c *Client) functionCode(ctx context.Context, name string, stage types.FunctionStage) ([]byte, error) {
	out, err := c.api.GetFunction(ctx, &cloudfront.GetFunctionInput{Name: aws.String(name), Stage: stage})
	if err != nil {
		return nil, awsapi.Wrap(ctx, "reading the code of function "+name, err)
	}
	return out.FunctionCode, nil
}

// CreateFunction makes a function for the runtime cloudfront-js-2.0 that reads a store, ""
// for none. It serves nobody before it is published. AWS looks at its code only when it runs.
// Source: CreateFunction. Errors: ErrExists, ErrRefused (quota, size).
func (c *Client) CreateFunction(ctx context.Context, name, comment, store string, code []byte) error {
	config := &types.FunctionConfig{Comment: aws.String(comment), Runtime: types.FunctionRuntimeCloudfrontJs20}
	if store != "" {
		config.KeyValueStoreAssociations = &types.KeyValueStoreAssociations{
			Quantity: aws.Int32(1), Items: []types.KeyValueStoreAssociation{{KeyValueStoreARN: aws.String(store)}},
		}
	}
	_, err := c.api.CreateFunction(ctx, &cloudfront.CreateFunctionInput{Name: aws.String(name), FunctionConfig: config, FunctionCode: code})
	return awsapi.Wrap(ctx, "creating function "+name, err)
}

// TryFunction runs what is in development for one event, an object in JSON, and returns what
// the function returns, in JSON. failure is what it threw; "": nothing. It says nothing about the
// origin that the code chose, and misses some refusals that viewers meet. Source: TestFunction.
// Errors: ErrNotFound, ErrStale.
func (c *Client) TryFunction(ctx context.Context, seen EdgeFunction, event []byte) (output, failure string, err error) {
	out, err := c.api.TestFunction(ctx, &cloudfront.TestFunctionInput{
		Name: aws.String(seen.Name), IfMatch: aws.String(seen.ETag), Stage: types.FunctionStageDevelopment, EventObject: event,
	})
	if err == nil && out.TestResult == nil {
		err = errNotAnAnswer
	}
	if err != nil {
		return "", "", awsapi.Wrap(ctx, "trying function "+seen.Name, err)
	}
	return aws.ToString(out.TestResult.FunctionOutput), aws.ToString(out.TestResult.FunctionErrorMessage), nil
}

// PublishFunction makes what is in development serve, on condition that it is as seen. There is
// no way back, and nothing tells when it has arrived. Source: PublishFunction. Errors:
// ErrNotFound, ErrStale.
func (c *Client) PublishFunction(ctx context.Context, seen EdgeFunction) error {
	_, err := c.api.PublishFunction(ctx, &cloudfront.PublishFunctionInput{Name: aws.String(seen.Name), IfMatch: aws.String(seen.ETag)})
	return awsapi.Wrap(ctx, "publishing function "+seen.Name, err)
}

// DeleteFunction deletes a function that no distribution has. Source: DeleteFunction. Errors:
// ErrNotFound, ErrStale, ErrInUse.
func (c *Client) DeleteFunction(ctx context.Context, seen EdgeFunction) error {
	_, err := c.api.DeleteFunction(ctx, &cloudfront.DeleteFunctionInput{Name: aws.String(seen.Name), IfMatch: aws.String(seen.ETag)})
	return awsapi.Wrap(ctx, "deleting function "+seen.Name, err)
}

// A Store is a key value store, as the control plane shows it.
type Store struct {
	Name, ARN, Comment, ETag string
	Created                  time.Time // a name that is used again is another store
	Ready                    bool      // its keys can be written
}

// Store reads a store by its name. Source: DescribeKeyValueStore. Errors: ErrNotFound.
func (c *Client) Store(ctx context.Context, name string) (Store, error) {
	doing := "reading key value store " + name
	out, err := c.api.DescribeKeyValueStore(ctx, &cloudfront.DescribeKeyValueStoreInput{Name: aws.String(name)})
	if err == nil && (out.KeyValueStore == nil || out.KeyValueStore.ARN == nil) {
		err = errNotAnAnswer
	}
	if err != nil {
		return Store{}, awsapi.Wrap(ctx, doing, err)
	}
	s := out.KeyValueStore
	return Store{
		Name: aws.ToString(s.Name), ARN: aws.ToString(s.ARN), Comment: aws.ToString(s.Comment), ETag: aws.ToString(out.ETag),
		Created: aws.ToTime(s.LastModifiedTime), Ready: aws.ToString(s.Status) == "READY",
	}, nil
}

// CreateStore makes an empty store. Source: CreateKeyValueStore. Errors: ErrExists,
// ErrRefused (quota).
func (c *Client) CreateStore(ctx context.Context, name, comment string) error {
	_, err := c.api.CreateKeyValueStore(ctx, &cloudfront.CreateKeyValueStoreInput{Name: aws.String(name), Comment: aws.String(comment)})
	return awsapi.Wrap(ctx, "creating key value store "+name, err)
}

// DeleteStore deletes a store that no function reads, on condition that it is as seen. Source:
// DeleteKeyValueStore. Errors: ErrNotFound, ErrStale, ErrInUse.
func (c *Client) DeleteStore(ctx context.Context, seen Store) error {
	_, err := c.api.DeleteKeyValueStore(ctx, &cloudfront.DeleteKeyValueStoreInput{Name: aws.String(seen.Name), IfMatch: aws.String(seen.ETag)})
	return awsapi.Wrap(ctx, "deleting key value store "+seen.Name, err)
}

// A User is a behaviour that has a function.
type User struct{ Distribution, Behavior, Event, Function string } // id; pattern or DefaultBehavior; viewer-request; ARN

// String names it for a person.
func (u User) String() string {
	return fmt.Sprintf("%s of %s (%s)", u.Behavior, u.Distribution, u.Event)
}

// Users finds the behaviours of the account that have one of some functions. Source:
// ListDistributions, whose summaries hold the behaviours.
func (c *Client) Users(ctx context.Context, functions ...string) ([]User, error) {
	var out []User
	pages := cloudfront.NewListDistributionsPaginator(c.api, &cloudfront.ListDistributionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, awsapi.Wrap(ctx, "listing distributions", err)
		}
		if page.DistributionList == nil {
			break
		}
		for _, d := range page.DistributionList.Items {
			add := func(pattern string, list *types.FunctionAssociations) {
				if list == nil {
					return
				}
				for _, a := range list.Items {
					if arn := aws.ToString(a.FunctionARN); slices.Contains(functions, arn) {
						out = append(out, User{aws.ToString(d.Id), pattern, string(a.EventType), arn})
					}
				}
			}
			if d.DefaultCacheBehavior != nil {
				add(DefaultBehavior, d.DefaultCacheBehavior.FunctionAssociations)
			}
			if d.CacheBehaviors != nil {
				for _, b := range d.CacheBehaviors.Items {
					add(slashed(aws.ToString(b.PathPattern)), b.FunctionAssociations)
				}
			}
		}
	}
	return out, nil
}
