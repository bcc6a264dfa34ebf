# Which account's distribution has the name. README.md says how to start it.

terraform {
  required_providers {
    cdn = {
      source = "cdn-bluegreen/cdn"
    }
  }
}

variable "live" {
  description = "blue is the old account's distribution, green the new one's."
  type        = string
  default     = "blue"
}

variable "method" {
  description = "wildcard_overlap loses nobody. domain_association disables what the name leaves for a moment, and is for what cannot dance: an apex."
  type        = string
  default     = "wildcard_overlap"
}

variable "states" {
  description = "Where the states of the three other stacks are."
  type        = map(string)
  default = {
    old = "../old/terraform.tfstate"
    new = "../new/terraform.tfstate"
    dns = "../dns/terraform.tfstate"
  }
}

data "terraform_remote_state" "of" {
  for_each = var.states

  backend = "local"
  config  = { path = each.value }
}

resource "cdn_bluegreen_switch" "www" {
  aliases        = ["www.example.com"]
  live           = var.live
  method         = var.method
  allow_downtime = var.method != "wildcard_overlap"

  sides = {
    # What an origin of the simulator answers contains its own domain name. A real site sends a header.
    blue  = { distribution_id = data.terraform_remote_state.of["old"].outputs.distribution_id, marker = { value = "old.origin.test" } }
    green = { distribution_id = data.terraform_remote_state.of["new"].outputs.distribution_id, marker = { value = "new.origin.test" }, account = "new" }
  }

  dns = {
    "example.com" = { zone_id = data.terraform_remote_state.of["dns"].outputs.zone_id, account = "dns", on_destroy = "delete_live" }
  }

  verify = {
    before = { probes = [{ path = "/", scheme = "http" }] }
    after  = { probes = [{ path = "/", scheme = "http" }], interval = "1s" }
  }
  bake_time = "5s"
}

output "steps" {
  description = "What the last plan intended, in order."
  value       = cdn_bluegreen_switch.www.steps
}
