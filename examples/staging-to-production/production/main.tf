# The stack of production: two sides, and the switch between them. The yes comes from the stack in ../approval.
# README.md says how to start it.

# Source: which build each side has. The one that nobody uses gets the next.
variable "builds" {
  type    = map(string)
  default = { blue = "1", green = "1" }
}

variable "live" {
  type    = string
  default = "blue"
}

# false: nobody is asked. For the first apply, and for whoever goes back in a hurry.
variable "paused" {
  type    = bool
  default = true
}

variable "approvals" {
  description = "Where the state of the stack in ../approval is."
  type        = string
  default     = "../approval/terraform.tfstate"
}

# When nothing goes out, whoever has said yes.
variable "freezes" {
  type    = list(object({ from = string, until = string }))
  default = [] # { from = "2026-12-18T16:00:00Z", until = "2027-01-04T08:00:00Z" }
}

data "terraform_remote_state" "approval" {
  count = var.paused ? 1 : 0

  backend = "local"
  config  = { path = var.approvals }
}

locals {
  yes    = try(one(data.terraform_remote_state.approval).outputs.approval, null)
  frozen = anytrue([for f in var.freezes : timecmp(f.from, plantimestamp()) <= 0 && timecmp(plantimestamp(), f.until) < 0])
  idle   = one([for name in keys(var.builds) : name if name != cdn_bluegreen_switch.shop.live])
}

# Production: the name moves, after the yes.
resource "cdn_bluegreen_switch" "shop" {
  aliases = ["shop.example.com"]
  live    = var.live

  pause_before = var.paused ? "first_traffic" : null
  approval     = var.paused && !local.frozen ? local.yes : null

  sides = {
    for name, site in aws_cloudfront_distribution.site : name => {
      distribution_id = site.id
      # What an origin of the simulator answers contains its own domain name. A real site sends a header.
      marker = { value = "${name}.origin.test" }
    }
  }

  dns = {
    "example.com" = { zone_id = aws_route53_zone.example.zone_id, on_destroy = "delete_live" }
  }

  verify = {
    before = { probes = [{ path = "/", scheme = "http", samples = 3 }] } # asks the idle side by its own name
    after  = { probes = [{ path = "/", scheme = "http" }], interval = "1s" }
  }
  bake_time = "5s"
}

# Validator: what the idle side answers by its own name, in every plan. Outside of the check, so that a plan
# without changes says so.
data "cdn_http_probe" "idle" {
  url           = "http://${aws_cloudfront_distribution.site[local.idle].domain_name}/"
  body_contains = "build-${var.builds[local.idle]}"
  samples       = 3
}

check "the_idle_side_has_its_build" {
  assert {
    condition     = data.cdn_http_probe.idle.passed
    error_message = "Do not approve ${local.idle}: ${data.cdn_http_probe.idle.reason}"
  }
}

output "awaiting" {
  description = "What waits for a yes, and what gates have shown of it."
  value       = cdn_bluegreen_switch.shop.awaiting
}

output "approval_request" {
  description = "The yes."
  value       = cdn_bluegreen_switch.shop.approval_request
}

output "approved" {
  description = "The last yes that was made use of."
  value       = cdn_bluegreen_switch.shop.approved
}
