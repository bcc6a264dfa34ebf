# A site in a bucket, and everything that a release of it takes: a staging distribution, the policy between the
# two, and the release itself. Upload a build to s3://…/builds/42, then: terraform apply -var=build=42

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

provider "aws" {
  region = "us-east-1"
}

provider "cdn" {}

variable "build" {
  description = "The build to release: a folder under builds/ in the bucket."
  type        = string
}

variable "certificate_arn" {
  description = "A certificate in us-east-1 that covers www.example.com."
  type        = string
}

variable "attached" {
  description = "false for the first of the two applies that renew the certificate."
  type        = bool
  default     = true
}

variable "zone_id" {
  description = "The hosted zone of example.com."
  type        = string
}

locals {
  # What the next release is. It feeds staging, and its hash names the release.
  next = {
    origin_path = "/builds/${var.build}"
  }

  # What a release cannot change. Its hash has staging follow the primary.
  site = {
    certificate_arn  = var.certificate_arn
    price_class      = "PriceClass_100"
    minimum_protocol = "TLSv1.2_2021"
  }
}

resource "aws_cloudfront_distribution" "www" {
  enabled             = true
  is_ipv6_enabled     = true
  aliases             = ["www.example.com"]
  default_root_object = "index.html"
  http_version        = "http2" # continuous deployment knows no HTTP/3
  price_class         = local.site.price_class

  origin {
    origin_id                = "site"
    domain_name              = aws_s3_bucket.site.bucket_regional_domain_name
    origin_path              = "/builds/1" # what it is created with; from then on the promotion decides
    origin_access_control_id = aws_cloudfront_origin_access_control.site.id
  }

  default_cache_behavior {
    target_origin_id       = "site"
    viewer_protocol_policy = "redirect-to-https"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "658327ea-f89d-4fab-a63d-7e88639e58f6" # Managed-CachingOptimized
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    acm_certificate_arn      = local.site.certificate_arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = local.site.minimum_protocol
  }

  lifecycle {
    # What a promotion changes, and the policy. Without this list the next apply of this block takes the release back.
    ignore_changes = [
      origin, origin_group, default_cache_behavior, ordered_cache_behavior, custom_error_response,
      default_root_object, restrictions, logging_config, comment, continuous_deployment_policy_id,
    ]
  }
}

resource "cdn_staging_distribution" "next" {
  primary_distribution_id = aws_cloudfront_distribution.www.id
  overrides = {
    origins = { site = { origin_path = local.next.origin_path } }
  }
  follow = sha256(jsonencode(local.site))
}

resource "cdn_continuous_deployment" "www" {
  primary_distribution_id = aws_cloudfront_distribution.www.id
  staging_distribution_id = cdn_staging_distribution.next.id
  weight                  = 5
  attached                = var.attached
}

resource "cdn_staging_promotion" "www" {
  primary_distribution_id = aws_cloudfront_distribution.www.id
  staging_distribution_id = cdn_staging_distribution.next.id
  policy_id               = cdn_continuous_deployment.www.id

  release = sha256(jsonencode(local.next)) # new when staging is

  canary = {
    weights         = [5, 15]
    bake_time       = "10m"
    require_traffic = 100
  }

  verify = {
    before = { comparison = { tolerance = 1 } }
    after  = { probes = [{ path = "/index.html" }] }
  }
  bake_time      = "10m"
  invalidate     = ["/*"]
  pending_window = "72h"

  # Any new text here tries a release again that was rolled back:
  # retry = "1"

  depends_on = [aws_s3_bucket_policy.site] # staging can read the bucket before anybody is sent to it
}

resource "aws_s3_bucket" "site" {
  bucket_prefix = "www-example-com-"
}

resource "aws_cloudfront_origin_access_control" "site" {
  name                              = "www-example-com"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_s3_bucket_policy" "site" {
  bucket = aws_s3_bucket.site.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cloudfront.amazonaws.com" }
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.site.arn}/*"
      # Staging has an ARN of its own.
      Condition = { StringEquals = { "AWS:SourceArn" = [aws_cloudfront_distribution.www.arn, cdn_staging_distribution.next.arn] } }
    }]
  })
}

resource "aws_route53_record" "www" {
  for_each = toset(["A", "AAAA"])

  zone_id = var.zone_id
  name    = "www.example.com"
  type    = each.key

  alias {
    name                   = aws_cloudfront_distribution.www.domain_name
    zone_id                = aws_cloudfront_distribution.www.hosted_zone_id
    evaluate_target_health = false
  }
}

output "steps" {
  description = "What the last plan intended, in order."
  value       = cdn_staging_promotion.www.steps
}
