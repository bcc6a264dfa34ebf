variable "approval" {
  description = "The approval_request of what waits, once somebody has looked at it."
  type        = string
  default     = null
}

# A tenth goes over at once, and the rest after a person's yes.
resource "cdn_weighted_ramp" "api" {
  zone_id = "Z0123456789ABCDEFGHIJ"
  names   = ["api.example.com"]
  types   = ["A"]

  sides = {
    blue  = { ttl = 60, values = { A = ["192.0.2.1"] } }
    green = { ttl = 60, values = { A = ["192.0.2.2"] } }
  }

  target  = "green"
  weight  = 100
  weights = [10, 100]

  pause_before    = "full_traffic"
  approval        = var.approval
  approval_window = "72h"
}
