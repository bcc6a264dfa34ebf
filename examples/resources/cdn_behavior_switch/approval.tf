variable "approval" {
  description = "The approval_request of what waits, once somebody has looked at it."
  type        = string
  default     = null
}

# The cache behaviour asks another origin after a person's yes.
resource "cdn_behavior_switch" "checkout" {
  distribution_id = aws_cloudfront_distribution.site.id
  behaviors       = ["/checkout/*"]
  live            = "green"

  sides = {
    blue  = { origin_id = "checkout-blue" }
    green = { origin_id = "checkout-green" }
  }

  pause_before    = "full_traffic"
  approval        = var.approval
  approval_window = "72h"
}
