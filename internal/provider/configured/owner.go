package configured

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// A Mark is a tag of a staging distribution that says which instance of a noun a thing
// belongs to. Whoever creates or adopts the thing gives it a new value and keeps that in
// state; a destroy leaves what is marked with another one. Only AWS can tell it: the two may
// be applies apart, and what a process knows ends with it.
type Mark string

// The marks. A policy has no tags, and AWS ties it to its staging distribution one to one.
const (
	OwnerOfCopy   Mark = "cdn-bluegreen:owner"
	OwnerOfPolicy Mark = "cdn-bluegreen:policy-owner"
)

// NewOwner returns a value that no mark has had before.
func NewOwner() string { return rand.Text() }

// Owner reads a mark by the ARN of the staging distribution; "" if there is none, or no
// such distribution.
func (p *Provider) Owner(ctx context.Context, m Mark, arn string) (string, error) {
	tags, err := p.CloudFront.Tags(ctx, arn)
	if errors.Is(err, awsapi.ErrNotFound) {
		return "", nil
	}
	return tags[string(m)], err
}
