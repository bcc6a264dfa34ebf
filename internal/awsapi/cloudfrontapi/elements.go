package cloudfrontapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
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
	changing string // the one top-level element that is meant to change
	lost     string
}

var errWouldDrop = errors.New("refused: the update would drop a setting")

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
				if p.lost = firstLost(p.raw, sent, p.changing); p.lost != "" {
					return middleware.BuildOutput{}, middleware.Metadata{}, errWouldDrop
				}
				return next.HandleBuild(ctx, in)
			}), middleware.After)
	})
}

// firstLost names an element of the configuration in the answer got that is
// missing in the request sent, or "". Order does not matter, and an element that
// holds nothing cannot be lost.
func firstLost(got, sent []byte, changing string) string {
	have := leaves(sent, changing)
	for _, leaf := range leaves(got, changing) {
		i := slices.Index(have, leaf)
		if i < 0 {
			path, _, _ := strings.Cut(leaf, "=")
			return path
		}
		have = slices.Delete(have, i, i+1)
	}
	return ""
}

// leaves lists path=text of every element with text below DistributionConfig,
// except below the given top-level elements.
func leaves(doc []byte, except ...string) []string {
	var out []string
	var path []string
	var text strings.Builder
	dec := xml.NewDecoder(bytes.NewReader(doc))
	inside := -1 // depth of DistributionConfig
	for {
		tok, err := dec.Token()
		if err != nil {
			return out
		}
		switch t := tok.(type) {
		case xml.StartElement:
			path = append(path, t.Name.Local)
			text.Reset()
			if inside < 0 && t.Name.Local == "DistributionConfig" {
				inside = len(path)
			}
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			s := strings.TrimSpace(text.String())
			if inside >= 0 && len(path) > inside && s != "" && !slices.Contains(except, path[inside]) {
				out = append(out, strings.Join(path[inside:], "/")+"="+s)
			}
			text.Reset()
			if len(path) == inside {
				inside = -1
			}
			path = path[:len(path)-1]
		}
	}
}

// fingerprint identifies what a distribution serves, not which names it serves
// it under: two configurations that differ in order or bookkeeping are the same.
func fingerprint(raw []byte) string {
	list := leaves(raw, "Aliases", "CallerReference", "ContinuousDeploymentPolicyId", "Staging")
	sort.Strings(list)
	sum := sha256.Sum256([]byte(strings.Join(list, "\n")))
	return hex.EncodeToString(sum[:8])
}
