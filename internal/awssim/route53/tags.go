package route53

import (
	"maps"
	"sort"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// maxTagged is the longest id that tags are asked for by.
const maxTagged = 32

// tagged checks that a resource exists and returns its key in the tag table. Unlike
// everything else in Route 53 it wants the bare id: one with its /hostedzone/ is too long,
// as public issues quote.
func (s *Service) tagged(kind, id string) (string, error) {
	switch bare := bareID(id); {
	case len(id) > maxTagged:
		return "", invalid("1 validation error detected: Value '%s' at 'resourceId' failed to satisfy constraint: Member must have length less than or equal to %d", id, maxTagged)
	case bare != id: // wording ours
		return "", invalid("1 validation error detected: Value '%s' at 'resourceId' failed to satisfy constraint: Member must be the id of a resource", id)
	}
	if kind == "healthcheck" {
		if s.checks[id] == nil {
			return "", noSuchHealthCheck(id)
		}
	} else if _, err := s.zone(id); err != nil {
		return "", err
	}
	return kind + "/" + id, nil
}

func (s *Service) changeTags(r *wire.Request) (*wire.Response, error) {
	key, err := s.tagged(r.Labels["ResourceType"], r.Labels["ResourceId"])
	if err != nil {
		return nil, err
	}
	add, remove := r.Body.All("Tag", "AddTags"), r.Body.All("Key", "RemoveTagKeys")
	if len(add)+len(remove) == 0 {
		return nil, invalid("Either AddTags or RemoveTagKeys must be specified") // wording ours
	}
	tags := map[string]string{}
	maps.Copy(tags, s.tags[key])
	for _, k := range remove {
		delete(tags, k.Text)
	}
	for _, t := range add {
		tags[t.String("Key")] = t.String("Value")
	}
	if len(tags) > 50 { // wording ours
		return nil, invalid("The number of tags of a resource exceeds the limit of 50")
	}
	s.tags[key] = tags
	return answer("ChangeTagsForResourceResponse"), nil
}

func (s *Service) tagSet(kind, id string) (*wire.Node, error) {
	key, err := s.tagged(kind, id)
	if err != nil {
		return nil, err
	}
	list, names := wire.Elem("Tags"), make([]string, 0, len(s.tags[key]))
	for k := range s.tags[key] {
		names = append(names, k)
	}
	sort.Strings(names)
	for _, k := range names {
		list.Children = append(list.Children, wire.Elem("Tag", wire.Text("Key", k), wire.Text("Value", s.tags[key][k])))
	}
	return wire.Elem("ResourceTagSet", wire.Text("ResourceType", kind), wire.Text("ResourceId", id), list), nil
}

func (s *Service) listTags(r *wire.Request) (*wire.Response, error) {
	set, err := s.tagSet(r.Labels["ResourceType"], r.Labels["ResourceId"])
	if err != nil {
		return nil, err
	}
	return answer("ListTagsForResourceResponse", set), nil
}

func (s *Service) listTagsOfMany(r *wire.Request) (*wire.Response, error) {
	sets := wire.Elem("ResourceTagSets")
	for _, id := range r.Body.All("ResourceId", "ResourceIds") {
		set, err := s.tagSet(r.Labels["ResourceType"], id.Text)
		if err != nil {
			return nil, err
		}
		sets.Children = append(sets.Children, set)
	}
	return answer("ListTagsForResourcesResponse", sets), nil
}
