variable "live" {
  type    = string
  default = "blue"
}

locals {
  aliases = ["www.example.com", "example.com"]
  sides = {
    blue  = { distribution_id = aws_cloudfront_distribution.blue.id }
    green = { distribution_id = aws_cloudfront_distribution.green.id }
  }
  dns = { "example.com" = { zone_id = aws_route53_zone.example.zone_id } }
}

# In every plan, long before the day: what would stop a cutover to green? A finding is a warning.
check "ready_for_green" {
  data "cdn_preflight" "green" {
    aliases = local.aliases
    sides   = local.sides
    dns     = local.dns
    live    = "green"
  }
  assert {
    condition     = length(data.cdn_preflight.green.findings) == 0
    error_message = data.cdn_preflight.green.report
  }
}

# On the day: no plan of a cutover that would stop half-way.
data "cdn_preflight" "release" {
  aliases = local.aliases
  sides   = local.sides
  dns     = local.dns
  live    = var.live
}

resource "cdn_bluegreen_switch" "site" {
  aliases = local.aliases
  sides   = local.sides
  dns     = local.dns
  live    = var.live

  lifecycle {
    precondition {
      condition     = data.cdn_preflight.release.ok
      error_message = data.cdn_preflight.release.report
    }
  }
}
