variable "approval" {
  description = "The approval_request of what waits, once somebody has looked at it."
  type        = string
  default     = null
}

# A twentieth of the viewers at once, and everybody after a person's yes.
resource "cdn_edge_split" "checkout" {
  name    = "checkout"
  safe    = "blue"
  weight  = 100
  weights = [5, 100]

  sides = {
    blue  = { origin_id = "checkout-blue" }
    green = { origin_id = "checkout-green" }
  }

  pause_before    = "full_traffic"
  approval        = var.approval
  approval_window = "72h"
}
