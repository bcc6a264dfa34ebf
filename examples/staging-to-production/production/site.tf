# Staging and production: two sides alike, and what they need.

resource "aws_cloudfront_distribution" "site" {
  for_each = var.builds

  enabled         = true
  is_ipv6_enabled = true
  comment         = each.key

  origin {
    origin_id   = "site"
    domain_name = "build-${each.value}.${each.key}.origin.test" # a real site has an origin_path for each build
    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "http-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  default_cache_behavior {
    target_origin_id       = "site"
    viewer_protocol_policy = "allow-all"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" # Managed-CachingDisabled
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    acm_certificate_arn      = aws_acm_certificate.site.arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }

  lifecycle {
    ignore_changes = [aliases] # the switch owns them
  }
}

resource "aws_acm_certificate" "site" {
  domain_name       = "shop.example.com"
  validation_method = "DNS" # the simulator issues it at once
}

resource "aws_route53_zone" "example" {
  name = "example.com"
}
