variable "approval" {
  description = "The approval_request of what waits, once somebody has looked at it."
  type        = string
  default     = null
}

# A side gets its viewers after a person's yes.
resource "cdn_bluegreen_switch" "shop" {
  aliases = ["shop.example.com"]
  live    = "green"

  sides = {
    blue  = { distribution_id = aws_cloudfront_distribution.site["blue"].id, marker = { header = "x-release", value = "blue" } }
    green = { distribution_id = aws_cloudfront_distribution.site["green"].id, marker = { header = "x-release", value = "green" } }
  }

  verify = { before = { probes = [{ path = "/health" }] } } # what whoever says yes can go by

  pause_before    = "first_traffic"
  approval        = var.approval
  approval_window = "72h"
}
