resource "cdn_bluegreen_switch" "www" {
  aliases = ["www.example.com"]
  live    = "blue" # the one value to change

  sides = {
    blue = {
      distribution_id = aws_cloudfront_distribution.site["blue"].id
      marker          = { header = "x-release", value = "blue" }
    }
    green = {
      distribution_id = aws_cloudfront_distribution.site["green"].id
      marker          = { header = "x-release", value = "green" }
    }
  }

  dns = {
    "example.com" = { zone_id = var.zone_id }
  }

  verify = {
    before = { probes = [{ path = "/health" }] } # asks the idle side by its own name
    after  = { probes = [{ path = "/health" }] } # asks www.example.com, for bake_time
  }
  bake_time = "10m"
}

resource "aws_cloudfront_distribution" "site" {
  for_each = toset(["blue", "green"])

  enabled         = true
  is_ipv6_enabled = true
  comment         = each.key

  origin {
    origin_id   = "origin"
    domain_name = "${each.key}.origin.example.net"
    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  default_cache_behavior {
    target_origin_id           = "origin"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    cache_policy_id            = "658327ea-f89d-4fab-a63d-7e88639e58f6" # Managed-CachingOptimized
    response_headers_policy_id = aws_cloudfront_response_headers_policy.marker[each.key].id
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    acm_certificate_arn      = var.certificate_arn # covers www.example.com, on both sides
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }

  lifecycle {
    # The switch owns the alternate domain names. Without this line the next change to a distribution
    # would put its names back to what is written here: none.
    ignore_changes = [aliases]
  }
}

# The marker: every answer of a side says which side gave it.
resource "aws_cloudfront_response_headers_policy" "marker" {
  for_each = toset(["blue", "green"])

  name = "release-${each.key}"

  custom_headers_config {
    items {
      header   = "x-release"
      value    = each.key
      override = true
    }
  }
}

variable "certificate_arn" {
  description = "A certificate in us-east-1 that covers every alias."
  type        = string
}

variable "zone_id" {
  description = "The hosted zone of example.com."
  type        = string
}
