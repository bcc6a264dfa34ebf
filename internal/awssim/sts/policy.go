package sts

import (
	"encoding/json"
	"net/http"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// sessionPolicy reads the policies of a request that narrow a session down. A
// statement that is not simulated is refused: half a policy would prove nothing.
func (s *Service) sessionPolicy(in map[string]any) ([]permits, error) {
	var granted []permits
	list, _ := in["PolicyArns"].([]any)
	for _, x := range list {
		d, _ := x.(map[string]any)
		p, ok := s.policies[text(d, "arn")]
		if !ok {
			return nil, invalid("PolicyArn %s does not exist or is not attachable.", text(d, "arn"))
		}
		granted = append(granted, p)
	}
	if doc := text(in, "Policy"); doc != "" {
		p, err := readPolicy(doc)
		if err != nil {
			return nil, err
		}
		granted = append(granted, p)
	}
	if len(granted) == 0 {
		return nil, nil
	}
	return []permits{func(action string) bool {
		for _, p := range granted {
			if p(action) {
				return true
			}
		}
		return false
	}}, nil
}

func malformed(why string) error {
	return &wire.Error{Code: "MalformedPolicyDocument", Status: http.StatusBadRequest, Message: why}
}

// readPolicy reads which actions a policy document allows.
func readPolicy(doc string) (permits, error) {
	var policy struct {
		Version   string
		ID        string `json:"Id"`
		Statement list[map[string]json.RawMessage]
	}
	if err := json.Unmarshal([]byte(doc), &policy); err != nil || len(policy.Statement) == 0 {
		return nil, malformed("Syntax errors in policy.")
	}
	var allow, deny list[string]
	for _, statement := range policy.Statement {
		var effect string
		var actions list[string]
		for key, raw := range statement {
			var err error
			switch key {
			case "Effect":
				err = json.Unmarshal(raw, &effect)
			case "Action":
				err = json.Unmarshal(raw, &actions)
			case "Sid":
			case "Resource":
				var on list[string]
				if err = json.Unmarshal(raw, &on); err == nil && (len(on) != 1 || on[0] != "*") {
					return nil, &wire.Error{Code: "NotImplemented", Status: http.StatusNotImplemented, Message: "the simulator knows session policies for Resource \"*\" only"}
				}
			default:
				return nil, &wire.Error{Code: "NotImplemented", Status: http.StatusNotImplemented, Message: "the simulator does not know " + key + " in session policies"}
			}
			if err != nil {
				return nil, malformed("Syntax errors in policy.")
			}
		}
		switch {
		case statement["Resource"] == nil || len(actions) == 0:
			return nil, malformed("Policy statement must contain actions and resources.")
		case effect == "Allow":
			allow = append(allow, actions...)
		case effect == "Deny":
			deny = append(deny, actions...)
		default:
			return nil, malformed("Syntax errors in policy.")
		}
	}
	return func(action string) bool { return anyOf(allow)(action) && !anyOf(deny)(action) }, nil
}

// list is one value or several, as policies write both.
type list[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (l *list[T]) UnmarshalJSON(raw []byte) error {
	var one T
	if json.Unmarshal(raw, &one) == nil {
		*l = list[T]{one}
		return nil
	}
	var several []T
	err := json.Unmarshal(raw, &several)
	*l = several
	return err
}
