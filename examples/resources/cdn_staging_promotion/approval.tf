variable "approval" {
  description = "The approval_request of what waits, once somebody has looked at it."
  type        = string
  default     = null
}

# Testers, by a header, have the release while it waits, and everybody after a person's yes.
resource "cdn_staging_promotion" "shop" {
  primary_distribution_id = aws_cloudfront_distribution.shop.id
  staging_distribution_id = aws_cloudfront_distribution.next.id
  policy_id               = cdn_continuous_deployment.shop.id
  release                 = "build 42"

  canary = { header = { name = "aws-cf-cd-stage", value = "next" } }
  verify = { before = { probes = [{ path = "/health" }] } } # what whoever says yes can go by

  pause_before    = "full_traffic"
  approval        = var.approval
  approval_window = "72h"
}
