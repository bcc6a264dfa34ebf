locals {
  green = 25 # the one value to change: percent of the viewers that green has
}

# A share of the viewers gets the next release, the same ones all the time, until everybody has it.
resource "cdn_edge_split" "shop" {
  name    = "shop"
  safe    = "blue" # what the behaviours serve without the split
  weight  = local.green
  weights = [for p in [1, 5, 25, 50] : p if p <= local.green] # on the way up; the way down is one step

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

  attach = {
    distribution_id = aws_cloudfront_distribution.site.id
    behaviors       = ["default", "/api/*"]
  }

  override = {
    header = "x-shop-side" # testers send x-shop-side: green.<secret>
    secret = var.tester_secret
  }

  verify    = { probes = [{ path = "/api/health" }] } # asks green, whatever the weights are
  bake_time = "10m"
}

# The side is part of the cache key, so that nobody gets what was kept for the other side.
resource "aws_cloudfront_cache_policy" "by_side" {
  name        = "by-side"
  min_ttl     = 0
  default_ttl = 86400
  max_ttl     = 31536000

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = true
    enable_accept_encoding_gzip   = true

    headers_config {
      header_behavior = "whitelist"
      headers {
        items = ["x-cdn-variant"] # variant_header of the split; never the cookie, which is another one for every viewer
      }
    }
    cookies_config {
      cookie_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = "all"
    }
  }
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
    target_origin_id       = "app-blue"
    viewer_protocol_policy = "redirect-to-https"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = aws_cloudfront_cache_policy.by_side.id
  }

  ordered_cache_behavior {
    path_pattern           = "/api/*"
    target_origin_id       = "app-blue"
    viewer_protocol_policy = "https-only"
    allowed_methods        = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" # Managed-CachingDisabled keeps nothing, so it needs no header
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
    # What the split writes, in each behaviour that it lists. It is a set, of which no member can be named.
    ignore_changes = [
      default_cache_behavior[0].function_association,
      ordered_cache_behavior[0].function_association,
    ]
  }
}

variable "tester_secret" {
  description = "16 characters or more, at random."
  type        = string
  sensitive   = true
}

variable "certificate_arn" {
  description = "A certificate in us-east-1 that covers www.example.com."
  type        = string
}
