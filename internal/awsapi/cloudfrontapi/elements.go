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

	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// captured keeps the body of an answer. The SDK's structs drop elements newer
// than themselves, and we have to know when that happens.
type captured struct{ body []byte }

func (c *captured) option(o *cloudfront.Options) {
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("CaptureBody",
			func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
				out, meta, err := next.HandleDeserialize(ctx, in)
				if resp, ok := out.RawResponse.(*smithyhttp.Response); ok && err == nil {
					body, readErr := io.ReadAll(resp.Body)
					if readErr != nil {
						return out, meta, readErr
					}
					_ = resp.Body.Close() // read to its end
					c.body = body
					resp.Body = io.NopCloser(bytes.NewReader(body))
				}
				return out, meta, err
			}), middleware.After)
	})
}

// preserving refuses to send an update that would drop an element of the
// configuration it was made from.
type preserving struct {
	raw      []byte
	changing []string // the top-level elements that are meant to change
	// dry: send nothing, only look at what would be sent. Sent unchanged, a configuration
	// loses nothing exactly if this SDK knows all of it, however deep a change then goes.
	dry  bool
	sent []byte
	lost string
}

var (
	errWouldDrop = errors.New("refused: the update would drop a setting")
	errDry       = errors.New("not sent")
)

func (p *preserving) option(o *cloudfront.Options) {
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Build.Add(middleware.BuildMiddlewareFunc("PreserveElements",
			func(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput, middleware.Metadata, error) {
				req, ok := in.Request.(*smithyhttp.Request)
				if !ok || !req.IsStreamSeekable() {
					p.lost = "an unreadable request"
					return middleware.BuildOutput{}, middleware.Metadata{}, errWouldDrop
				}
				sent, err := io.ReadAll(req.GetStream())
				if err == nil {
					err = req.RewindStream()
				}
				if err != nil {
					return middleware.BuildOutput{}, middleware.Metadata{}, err
				}
				p.sent = sent
				if p.dry && p.raw == nil { // asked for the document only
					return middleware.BuildOutput{}, middleware.Metadata{}, errDry
				}
				if p.lost = firstLost(p.raw, sent, p.changing...); p.lost != "" {
					return middleware.BuildOutput{}, middleware.Metadata{}, errWouldDrop
				}
				if p.dry {
					return middleware.BuildOutput{}, middleware.Metadata{}, errDry
				}
				return next.HandleBuild(ctx, in)
			}), middleware.After)
	})
}

// firstLost names an element of the configuration in the answer got that is
// missing in the request sent, or "". Order does not matter, and an element that
// holds nothing cannot be lost.
func firstLost(got, sent []byte, changing ...string) string {
	have := leaves(configuration(sent), changing...)
	must := leaves(configuration(got), changing...)
	if len(must) == 0 {
		return "an unreadable answer"
	}
	for _, leaf := range must {
		i := slices.Index(have, leaf)
		if i < 0 {
			path, _, _ := strings.Cut(leaf, "=")
			return path
		}
		have = slices.Delete(have, i, i+1)
	}
	return ""
}

// An element is one XML element; text and children exclude each other here.
type element struct {
	name     string
	text     string
	children []*element
}

// roots are the elements that hold what an update replaces.
var roots = []string{"DistributionConfig", "ContinuousDeploymentPolicyConfig"}

// configuration finds the configuration in a document about one distribution or
// policy, nil if it is not there or the document is broken.
func configuration(doc []byte) *element {
	dec := xml.NewDecoder(bytes.NewReader(doc))
	root := &element{}
	open := []*element{root}
	var config *element
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return config
		}
		if err != nil {
			return nil
		}
		inner := open[len(open)-1]
		switch t := tok.(type) {
		case xml.StartElement:
			child := &element{name: t.Name.Local}
			inner.children = append(inner.children, child)
			open = append(open, child)
			if config == nil && slices.Contains(roots, child.name) {
				config = child
			}
		case xml.CharData:
			inner.text += string(t)
		case xml.EndElement:
			inner.text = strings.TrimSpace(inner.text)
			open = open[:len(open)-1]
		}
	}
}

// without returns e without some of its children.
func (e *element) without(names ...string) *element {
	out := &element{name: e.name, text: e.text}
	for _, c := range e.children {
		if !slices.Contains(names, c.name) {
			out.children = append(out.children, c)
		}
	}
	return out
}

// leaves lists path=text of every element with text below config, except below
// the given members.
func leaves(config *element, except ...string) []string {
	if config == nil {
		return nil
	}
	var out []string
	var walk func(prefix string, e *element)
	walk = func(prefix string, e *element) {
		for _, c := range e.children {
			path := prefix + c.name
			if c.text != "" {
				out = append(out, path+"="+c.text)
			}
			walk(path+"/", c)
		}
	}
	walk("", config.without(except...))
	return out
}

// inOrder names the lists whose order means something: the first behaviour that
// matches decides, and the first member of an origin group is the primary.
var inOrder = []string{"CacheBehavior", "OriginGroupMember"}

// canonical writes an element so that two of the same meaning are written alike:
// the order of members and of most lists does not count, and what holds nothing
// is not there.
func (e *element) canonical() string {
	var parts []string
	ordered := false
	for _, c := range e.children {
		if s := c.canonical(); s != "" {
			parts = append(parts, s)
			ordered = ordered || slices.Contains(inOrder, c.name)
		}
	}
	if !ordered {
		slices.Sort(parts)
	}
	if len(parts) == 0 && e.text == "" {
		return ""
	}
	return fmt.Sprintf("%s{%q%s}", e.name, e.text, strings.Join(parts, ""))
}

// fingerprint identifies what a distribution serves, not which names it serves
// it under: two configurations that differ in order or bookkeeping are the same, and so
// are two that differ in what this build does not know. It is empty for a document
// without a configuration.
func fingerprint(raw []byte) string { return knownHash(configuration(raw), own...) }

// err words what the guard refused, nil if it refused nothing.
func (p *preserving) err(doing string) error {
	if p.lost == "" {
		return nil
	}
	return fmt.Errorf("%s: %w: the configuration has %s, which this build does not know and would have dropped", doing, awsapi.ErrUnknownElement, p.lost)
}
