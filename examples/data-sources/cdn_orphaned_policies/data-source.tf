# Says in every plan which policies have outlived their stack.
check "no_policy_is_left_over" {
  data "cdn_orphaned_policies" "all" {}

  assert {
    condition     = length(data.cdn_orphaned_policies.all.policies) == 0
    error_message = "Left over: ${join(", ", [for p in data.cdn_orphaned_policies.all.policies : "${p.id} (${p.lacks} is gone)"])}."
  }
}
