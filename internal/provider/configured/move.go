package configured

import "strings"

// OfAWS says whether the address of a provider, as a MoveState request has it, is that of
// hashicorp/aws in any registry. OpenTofu 1.8 to 1.12.3 (and 1.11 to 1.11.11) send the
// last part of it and nothing else. Source: opentofu#4352.
func OfAWS(address string) bool {
	parts := strings.Split(address, "/")
	want := []string{"hashicorp", "aws"}
	if len(parts) == 1 {
		want = want[1:]
	}
	return len(parts) <= 3 && strings.Join(parts[max(0, len(parts)-len(want)):], "/") == strings.Join(want, "/")
}
