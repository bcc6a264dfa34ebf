# What every variant has: the primary of hashicorp/aws, and the release.

variable "certificate" { type = string }
variable "origin" { type = string } # where the next release is
variable "attached" { default = true }

locals {
  next = { origin = var.origin }
  # Where only the simulator looks: nothing of it is particular to a release.
  http = { http_port = 80, https_port = 443, origin_protocol_policy = "http-only", origin_ssl_protocols = ["TLSv1.2"] }
}

resource "aws_cloudfront_distribution" "www" {
  enabled             = true
  wait_for_deployment = false
  aliases             = ["www.example.com"]

  origin {
    origin_id   = "app"
    domain_name = "one.origin.test"
    custom_origin_config {
      http_port              = local.http.http_port
      https_port             = local.http.https_port
      origin_protocol_policy = local.http.origin_protocol_policy
      origin_ssl_protocols   = local.http.origin_ssl_protocols
    }
  }
  default_cache_behavior {
    target_origin_id       = "app"
    viewer_protocol_policy = "allow-all"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
  }
  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }
  viewer_certificate {
    acm_certificate_arn      = var.certificate
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }
  lifecycle {
    # As the guide says.
    ignore_changes = [
      origin, origin_group, default_cache_behavior, ordered_cache_behavior, custom_error_response,
      default_root_object, restrictions, logging_config, comment, continuous_deployment_policy_id,
    ]
  }
}

resource "cdn_staging_promotion" "www" {
  primary_distribution_id = aws_cloudfront_distribution.www.id
  staging_distribution_id = local.staging
  policy_id               = local.policy
  release                 = sha256(jsonencode(local.next))

  canary    = { weights = [5], bake_time = "1m", require_traffic = 0 }
  verify    = { after = { probes = [{ path = "/", scheme = "http" }] } }
  bake_time = "1m"
  timeouts  = { create = "48h", update = "48h", roll_back = "48h" }
}
