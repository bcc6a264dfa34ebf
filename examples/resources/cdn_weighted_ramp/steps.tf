variable "hosted_zone_id" {
  type = string
}

variable "load_balancers" {
  type = map(object({ dns_name = string, zone_id = string }))
}

# The origin behind one distribution: the name that the distribution asks moves from one load balancer to another, by
# scheduled runs that take one step each.
resource "cdn_weighted_ramp" "origin" {
  zone_id = var.hosted_zone_id
  names   = ["origin.example.com"]
  types   = ["A"]

  sides = {
    blue  = { alias = { domain_name = var.load_balancers.blue.dns_name, zone_id = var.load_balancers.blue.zone_id } }
    green = { alias = { domain_name = var.load_balancers.green.dns_name, zone_id = var.load_balancers.green.zone_id } }
  }

  target    = "green"
  weight    = 100
  weights   = provider::cdn::ramp_weights("exponential", 5)
  bake_time = "1h"
  advance   = "per_apply"

  verify = {
    alarms = [{ name = "green-5xx", region = "eu-west-1" }]
  }
}
