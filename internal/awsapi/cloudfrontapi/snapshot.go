package cloudfrontapi

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// owned lists what is a distribution's own: bookkeeping, and what continuous
// deployment does not let primary and staging differ in. A release does not change
// it, and neither does the way back: a certificate that was renewed in between stays.
// A known element that is not in this list counts as released.
// Source: Developer Guide, "Update primary and staging distributions".
var owned = []string{
	"Aliases", "CallerReference", "ContinuousDeploymentPolicyId", "Staging", "Enabled",
	"ViewerCertificate", "PriceClass", "HttpVersion", "IsIPV6Enabled", "WebACLId",
	"AnycastIpListId", "ConnectionMode", "ConnectionFunctionAssociation", "ViewerMtlsConfig", "TenantConfig",
}

// Content identifies what a release can change of the configuration: primary and
// staging have the same after a promotion. "" if it cannot be read.
func (d Distribution) Content() string { return d.content }

func content(doc []byte) string { return knownHash(configuration(doc), owned...) }

// ContentOf is the Content of a distribution with a configuration that Snapshot returned.
func ContentOf(snapshot string) string { return content([]byte(snapshot)) }

// Belongs says whether a snapshot is of this distribution: what its caller reference
// was, it stays.
func (d Distribution) Belongs(snapshot string) bool {
	config := configuration([]byte(snapshot))
	return config != nil && d.Reference != "" && config.child("CallerReference") == d.Reference
}

// Locked lists the settings that primary and staging do not share although continuous
// deployment wants them to. Of two that RecalledPair returned there are none unless both are whole.
func Locked(primary, staging Distribution) []string {
	var out []string
	if !primary.Whole() || !staging.Whole() {
		return nil
	}
	for _, d := range Differences(primary, staging) {
		if top, _, _ := strings.Cut(d.Field, "/"); top != "Enabled" && slices.Contains(owned, top) {
			out = append(out, d.String())
		}
	}
	return out
}

// Snapshot is the configuration exactly as CloudFront wrote it, elements that this
// build does not know included.
func (d Distribution) Snapshot() string {
	whole, _, _ := spans(d.raw)
	return string(d.raw[whole.from:whole.to])
}

// Restore gives a distribution the content of a snapshot again, on condition that it
// is as observed. What is its own stays as it is now. The snapshot's bytes are sent,
// so nothing in it is lost, whether this build knows it or not. Errors: ErrStale, ErrRefused.
func (c *Client) Restore(ctx context.Context, d Distribution, snapshot string) error {
	doing := "giving " + d.ID + " its settled configuration back"
	body, err := merged([]byte(snapshot), d.raw)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	_, err = c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{
		Id: aws.String(d.ID), IfMatch: aws.String(d.ETag), DistributionConfig: d.config,
	}, sending(body))
	c.wrote()
	return awsapi.Wrap(ctx, doing, awsapi.Hide(err, append(configuration(body).texts("HeaderValue"), headerValues(d.config)...)...))
}

// texts lists what the elements of a name hold, wherever they stand.
func (e *element) texts(name string) []string {
	if e == nil {
		return nil
	}
	var out []string
	for _, c := range e.children {
		if c.name == name {
			out = append(out, c.text)
		}
		out = append(out, c.texts(name)...)
	}
	return out
}

// sending replaces the body of a request before it is signed.
func sending(body []byte) func(*cloudfront.Options) {
	return func(o *cloudfront.Options) {
		o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
			return s.Serialize.Add(middleware.SerializeMiddlewareFunc("SendSnapshot",
				func(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (middleware.SerializeOutput, middleware.Metadata, error) {
					req, ok := in.Request.(*smithyhttp.Request)
					if !ok {
						return middleware.SerializeOutput{}, middleware.Metadata{}, errUnreadable
					}
					req, err := req.SetStream(bytes.NewReader(body))
					if err != nil {
						return middleware.SerializeOutput{}, middleware.Metadata{}, err
					}
					in.Request = req
					return next.HandleSerialize(ctx, in)
				}), middleware.After)
		})
	}
}

var errUnreadable = errors.New("the configuration cannot be read")

// merged is the configuration of a snapshot with what is the distribution's own taken
// from its present one.
func merged(snapshot, present []byte) ([]byte, error) {
	_, then, err := spans(snapshot)
	if err != nil {
		return nil, err
	}
	_, now, err := spans(present)
	if err != nil || len(then) == 0 {
		return nil, errUnreadable
	}
	var out bytes.Buffer
	out.WriteString(`<DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">`)
	for _, m := range then {
		if !slices.Contains(owned, m.name) {
			out.Write(snapshot[m.from:m.to])
		}
	}
	for _, m := range now {
		if slices.Contains(owned, m.name) {
			out.Write(present[m.from:m.to])
		}
	}
	out.WriteString(`</DistributionConfig>`)
	return out.Bytes(), nil
}

// A span is where an element stands in a document.
type span struct {
	name     string
	from, to int64
}

// spans finds DistributionConfig and its members in a document.
func spans(doc []byte) (whole span, members []span, err error) {
	dec := xml.NewDecoder(bytes.NewReader(doc))
	depth, inside := 0, -1
	for {
		from := dec.InputOffset()
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return span{}, nil, errUnreadable
		}
		if err != nil {
			return span{}, nil, fmt.Errorf("%w: %w", errUnreadable, err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			switch {
			case inside < 0 && t.Name.Local == "DistributionConfig":
				inside, whole = depth, span{name: t.Name.Local, from: from}
			case depth == inside+1 && inside >= 0:
				members = append(members, span{name: t.Name.Local, from: from})
			}
			depth++
		case xml.EndElement:
			depth--
			switch {
			case inside < 0:
			case depth == inside+1:
				members[len(members)-1].to = dec.InputOffset()
			case depth == inside:
				whole.to = dec.InputOffset()
				return whole, members, nil
			}
		}
	}
}
