# Everything from nothing: both sides, the zone, the certificate and the switch.

variable "live" { type = string }

resource "aws_route53_zone" "site" {
  name = "example.com"
}

resource "aws_acm_certificate" "site" {
  domain_name               = "example.com"
  subject_alternative_names = ["*.example.com"]
  validation_method         = "DNS"
}

resource "aws_route53_record" "validation" {
  zone_id = aws_route53_zone.site.zone_id
  name    = tolist(aws_acm_certificate.site.domain_validation_options)[0].resource_record_name
  type    = tolist(aws_acm_certificate.site.domain_validation_options)[0].resource_record_type
  records = [tolist(aws_acm_certificate.site.domain_validation_options)[0].resource_record_value]
  ttl     = 60
}

resource "aws_acm_certificate_validation" "site" {
  certificate_arn         = aws_acm_certificate.site.arn
  validation_record_fqdns = [aws_route53_record.validation.fqdn]
}

resource "aws_cloudfront_distribution" "side" {
  for_each        = toset(["blue", "green"])
  comment         = each.key
  enabled         = true
  is_ipv6_enabled = true

  origin {
    origin_id   = "origin"
    domain_name = "${each.key}.origin.test"
    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "http-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  default_cache_behavior {
    target_origin_id       = "origin"
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
    acm_certificate_arn      = aws_acm_certificate_validation.site.certificate_arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }

  lifecycle {
    ignore_changes = [aliases] # the switch owns them
  }
}

locals {
  sides   = { for name, distribution in aws_cloudfront_distribution.side : name => distribution.id }
  planned = { for name, distribution in aws_cloudfront_distribution.side : name => distribution.aliases }
}

data "cdn_distribution" "side" {
  for_each = local.sides
  id       = each.value
}

resource "cdn_bluegreen_switch" "site" {
  aliases = ["example.com", "www.example.com"]
  live    = var.live

  sides = {
    for name, distribution in aws_cloudfront_distribution.side : name => {
      distribution_id = distribution.id
      marker          = { value = "${name}.origin.test" }
    }
  }

  dns = {
    "example.com" = { zone_id = aws_route53_zone.site.zone_id, on_destroy = "delete_live" }
  }

  verify = {
    after = { probes = [{ path = "/", scheme = "http" }] }
  }

  lifecycle {
    precondition { # as the guide has it: nothing to say here, from the first apply on
      condition = alltrue([
        for name, aliases in local.planned :
        toset(aliases == null ? [] : aliases) == toset(data.cdn_distribution.side[name].aliases)
      ])
      error_message = "This plan changes the aliases of a distribution behind the switch's back."
    }
  }
}
