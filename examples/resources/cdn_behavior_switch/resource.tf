locals {
  live = "blue" # the one value to change
}

# From one load balancer to another, behind one distribution that keeps its name and its certificate.
resource "cdn_behavior_switch" "app" {
  distribution_id = aws_cloudfront_distribution.site.id
  behaviors       = ["default", "/api/*"]
  live            = local.live

  sides = {
    blue = {
      origin_id = "app-blue"
      marker    = { header = "x-release", value = "blue" }
    }
    green = {
      origin_id = "app-green"
      marker    = { header = "x-release", value = "green" }
    }
  }

  verify = {
    before = { probes = [{ url = "https://app-${local.live}.example.net/health" }] } # asks the load balancer itself
    after  = { probes = [{ path = "/api/health" }] }                                 # asks www.example.com, for bake_time
  }
  bake_time  = "10m"
  invalidate = ["/*"] # the origin is no part of the cache key
}

resource "aws_cloudfront_distribution" "site" {
  enabled = true
  aliases = ["www.example.com"]

  dynamic "origin" {
    for_each = toset(["app-blue", "app-green"])
    content {
      origin_id   = origin.key
      domain_name = "${origin.key}.example.net"
      custom_origin_config {
        http_port              = 80
        https_port             = 443
        origin_protocol_policy = "https-only"
        origin_ssl_protocols   = ["TLSv1.2"]
      }
    }
  }

  default_cache_behavior {
    target_origin_id       = "app-${local.live}" # what it is created with; the switch decides from then on
    viewer_protocol_policy = "redirect-to-https"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "658327ea-f89d-4fab-a63d-7e88639e58f6" # Managed-CachingOptimized
  }

  ordered_cache_behavior {
    path_pattern           = "/api/*"
    target_origin_id       = "app-${local.live}"
    viewer_protocol_policy = "https-only"
    allowed_methods        = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" # Managed-CachingDisabled
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    acm_certificate_arn      = var.certificate_arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }

  lifecycle {
    # The fields that the switch owns, and no others.
    ignore_changes = [
      default_cache_behavior[0].target_origin_id,
      ordered_cache_behavior[0].target_origin_id,
    ]
  }
}

variable "certificate_arn" {
  description = "A certificate in us-east-1 that covers www.example.com."
  type        = string
}
