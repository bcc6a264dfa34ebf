variable "zone_id" {
  type = string
}

variable "distribution_domain_name" {
  type = string
}

# From CloudFront to another CDN, for two names at once. Change `weight` and apply.
resource "cdn_weighted_ramp" "site" {
  zone_id = var.zone_id
  names   = ["www.example.com", "static.example.com"]
  types   = ["CNAME"]

  sides = {
    cloudfront = { values = { CNAME = [var.distribution_domain_name] }, ttl = 60 }
    other      = { values = { CNAME = ["example.other-cdn.net"] }, ttl = 60 }
  }

  target    = "other"
  weight    = 0
  bake_time = "10m"

  verify = {
    probes = [{ path = "/health", samples = 5 }]
  }
  on_destroy = "retain" # or "delete", or, with a whole site, "delete_live"
  timeouts   = { update = "3h" }
}
