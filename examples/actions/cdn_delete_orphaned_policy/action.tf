variable "orphan" {
  description = "Id of the policy to delete."
  type        = string
  default     = "11111111-2222-3333-4444-555555555555"
}

# terraform apply -invoke=action.cdn_delete_orphaned_policy.old -var orphan=11111111-2222-3333-4444-555555555555
action "cdn_delete_orphaned_policy" "old" {
  config {
    policy_id = var.orphan
  }
}
