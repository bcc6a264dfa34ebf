package cloudfront

import (
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

type tag struct{ key, value string }

const maxTags = 50

// readTags reads a Tags element; nil means no tags.
func readTags(n *wire.Node) ([]tag, error) {
	var out []tag
	for _, t := range n.All("Tag", "Items") {
		k := t.String("Key")
		if strings.HasPrefix(strings.ToLower(k), "aws:") || slices.ContainsFunc(out, func(x tag) bool { return x.key == k }) {
			return nil, invalidTagging()
		}
		out = append(out, tag{k, t.String("Value")})
	}
	if len(out) > maxTags {
		return nil, invalidTagging()
	}
	return out, nil
}

func invalidTagging() error {
	return errorf("InvalidTagging", "The tagging specified is not valid.")
}

// tagged finds the tags of the resource that a tagging call names by its ARN.
func (s *Service) tagged(r *call) (*[]tag, error) {
	arn := r.Query.Get("Resource")
	if !strings.HasPrefix(arn, "arn:aws:cloudfront::") {
		return nil, errorf("InvalidArgument", "The parameter Resource is not a valid ARN.")
	}
	for _, d := range s.order {
		if d.arn == arn && !d.deleted {
			return &d.tags, nil
		}
	}
	for _, f := range s.functions {
		if f.arn == arn {
			return &f.tags, nil
		}
	}
	if v := s.storeByARN(arn); v != nil {
		return &v.tags, nil
	}
	return nil, errorf("NoSuchResource", "The specified resource does not exist: %s", arn)
}

func (s *Service) tagResource(r *call) (*wire.Response, error) {
	have, err := s.tagged(r)
	if err != nil {
		return nil, err
	}
	added, err := readTags(r.Body)
	if err != nil {
		return nil, err
	}
	tags := slices.Clone(*have)
	for _, t := range added {
		if i := slices.IndexFunc(tags, func(x tag) bool { return x.key == t.key }); i >= 0 {
			tags[i] = t
		} else {
			tags = append(tags, t)
		}
	}
	if len(tags) > maxTags {
		return nil, invalidTagging()
	}
	*have = tags
	return &wire.Response{}, nil
}

func (s *Service) untagResource(r *call) (*wire.Response, error) {
	have, err := s.tagged(r)
	if err != nil {
		return nil, err
	}
	for _, k := range r.Body.All("Key", "Items") {
		*have = slices.DeleteFunc(slices.Clone(*have), func(t tag) bool { return t.key == k.Text })
	}
	return &wire.Response{}, nil
}

func (s *Service) listTags(r *call) (*wire.Response, error) {
	have, err := s.tagged(r)
	if err != nil {
		return nil, err
	}
	items := wire.Elem("Items")
	for _, t := range *have {
		items.Children = append(items.Children, wire.Elem("Tag", wire.Text("Key", t.key), wire.Text("Value", t.value)))
	}
	return &wire.Response{Body: wire.Elem("Tags", items)}, nil
}
