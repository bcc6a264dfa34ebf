# A site with two sides, and the switch between them, on the simulated AWS. README.md says how to start it.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
    cdn = {
      source = "cdn-bluegreen/cdn"
    }
  }
}

locals {
  simulator = "http://127.0.0.1:4566"
  edge      = "127.0.0.1:8080"
}

provider "aws" {
  region     = "us-east-1"
  access_key = "rehearsal"
  secret_key = "rehearsal"

  skip_metadata_api_check = true
  skip_region_validation  = true

  endpoints {
    acm        = local.simulator
    cloudfront = local.simulator
    route53    = local.simulator
    sts        = local.simulator
  }
}

provider "cdn" {
  access_key    = "rehearsal"
  secret_key    = "rehearsal"
  poll_interval = "1s" # 15s at AWS, where everything takes about 15 times as long as in the simulator

  endpoints {
    acm        = local.simulator
    cloudfront = local.simulator
    route53    = local.simulator
    edge       = local.edge # probes connect there, whatever a name resolves to
  }
}

resource "cdn_bluegreen_switch" "www" {
  aliases = ["example.com", "www.example.com"]
  live    = "blue" # the one value to change

  sides = {
    for name, site in aws_cloudfront_distribution.site : name => {
      distribution_id = site.id
      # What an origin of the simulator answers contains its own domain name. A real site sends a header.
      marker = { value = "${name}.origin.test" }
    }
  }

  dns = {
    "example.com" = { zone_id = aws_route53_zone.example.zone_id, on_destroy = "delete_live" }
  }

  verify = {
    before = { probes = [{ path = "/", scheme = "http" }] }
    after  = { probes = [{ path = "/", scheme = "http" }], interval = "1s" }
  }
  bake_time = "10s"

  # Any new text here tries a cutover again that was rolled back:
  # retry = "1"
}

resource "aws_cloudfront_distribution" "site" {
  for_each = toset(["blue", "green"])

  enabled         = true
  is_ipv6_enabled = true
  comment         = each.key

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
    acm_certificate_arn      = aws_acm_certificate.site.arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }

  lifecycle {
    ignore_changes = [aliases] # the switch owns them
  }
}

resource "aws_acm_certificate" "site" {
  domain_name               = "example.com"
  subject_alternative_names = ["*.example.com"]
  validation_method         = "DNS" # the simulator issues it at once
}

resource "aws_route53_zone" "example" {
  name = "example.com"
}

output "sides" {
  value = { for name, site in aws_cloudfront_distribution.site : name => "${site.id} ${site.domain_name}" }
}

output "steps" {
  description = "What the last plan intended, in order."
  value       = cdn_bluegreen_switch.www.steps
}
