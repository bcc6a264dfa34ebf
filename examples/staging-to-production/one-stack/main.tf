# From staging to production in one stack: a release, tested by whoever has the header, that waits for a yes.
# README.md says how to start it.

# Source: which build is to go out.
variable "build" {
  type    = string
  default = "1"
}

# Approval: the approval_request of what waits.
variable "approval" {
  type    = string
  default = null
}

# false: nobody is asked. For whoever goes back in a hurry.
variable "paused" {
  type    = bool
  default = true
}

locals {
  next    = { domain_name = "build-${var.build}.origin.test" } # a real site has an origin_path for each build
  testers = { name = "aws-cf-cd-stage", value = "next" }
}

# Staging: the copy that only requests with the header reach, from the moment at which the release sends it there.
resource "cdn_staging_distribution" "next" {
  primary_distribution_id = aws_cloudfront_distribution.www.id
  overrides               = { origins = { site = local.next } }
}

resource "cdn_continuous_deployment" "www" {
  primary_distribution_id = aws_cloudfront_distribution.www.id
  staging_distribution_id = cdn_staging_distribution.next.id
  header                  = local.testers
}

# Production: everybody gets the build, after the yes.
resource "cdn_staging_promotion" "www" {
  primary_distribution_id = aws_cloudfront_distribution.www.id
  staging_distribution_id = cdn_staging_distribution.next.id
  policy_id               = cdn_continuous_deployment.www.id
  release                 = "build ${var.build}" # changes whenever staging does, and says what a yes would be to
  staging_fingerprint     = cdn_staging_distribution.next.fingerprint

  pause_before    = var.paused ? "full_traffic" : null
  approval        = var.paused ? var.approval : null
  approval_window = var.paused ? "72h" : null

  canary = { header = local.testers, bake_time = "5s" }
  verify = {
    before = { probes = [{ path = "/", scheme = "http", samples = 3 }], interval = "1s" } # with the header, and so of staging
    after  = { probes = [{ path = "/", scheme = "http" }], interval = "1s" }
  }
  bake_time = "5s"
}

# Validator: what staging answers, in every plan for as long as it waits. Outside of the check, so that a plan
# without changes says so.
data "cdn_http_probe" "staging" {
  url           = "http://www.example.com/"
  headers       = { (local.testers.name) = local.testers.value }
  body_contains = local.next.domain_name # what an origin of the simulator answers has its name in it
  samples       = 3

  depends_on = [cdn_staging_promotion.www]
}

check "staging_has_the_build" {
  assert {
    condition     = data.cdn_http_probe.staging.passed
    error_message = "Do not approve build ${var.build}: ${data.cdn_http_probe.staging.reason}"
  }
}

output "awaiting" {
  description = "What waits for a yes, and what gates have shown of it."
  value       = cdn_staging_promotion.www.awaiting
}

output "approval_request" {
  description = "The yes."
  value       = cdn_staging_promotion.www.approval_request
}
