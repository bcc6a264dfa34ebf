locals {
  # The next release. Changing anything here changes staging and releases it, in one apply.
  next = {
    origin_path = "/builds/42"
  }
}

resource "cdn_staging_promotion" "www" {
  primary_distribution_id = aws_cloudfront_distribution.www.id
  staging_distribution_id = aws_cloudfront_distribution.next.id
  policy_id               = cdn_continuous_deployment.www.id

  release = sha256(jsonencode(local.next)) # the one value that changes

  canary = {
    weights         = [5, 15] # percent of the viewers; CloudFront allows up to 15
    bake_time       = "10m"   # at each
    require_traffic = 100     # requests of viewers, or nothing is promoted
  }

  verify = {
    before = { comparison = { tolerance = 1 } }  # staging against the primary, while the canary runs
    after  = { probes = [{ path = "/health" }] } # www.example.com, for bake_time after the promotion
  }
  bake_time  = "10m"
  invalidate = ["/*"]
}

resource "aws_cloudfront_distribution" "www" {
  enabled = true
  aliases = ["www.example.com"]

  origin {
    origin_id   = "app"
    domain_name = "app.example.net"
    origin_path = "/builds/1" # what it was created with; from then on the promotion decides
    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  default_cache_behavior {
    target_origin_id       = "app"
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
    acm_certificate_arn      = var.certificate_arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }

  lifecycle {
    # A promotion changes these. Without this list the next apply of this block would take the release back.
    ignore_changes = [
      origin, origin_group, default_cache_behavior, ordered_cache_behavior, custom_error_response,
      default_root_object, restrictions, logging_config, comment, continuous_deployment_policy_id,
    ]
  }
}

resource "aws_cloudfront_distribution" "next" {
  enabled = true
  staging = true

  origin {
    origin_id   = "app"
    domain_name = "app.example.net"
    origin_path = local.next.origin_path
    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  default_cache_behavior {
    target_origin_id       = "app"
    viewer_protocol_policy = "redirect-to-https"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "658327ea-f89d-4fab-a63d-7e88639e58f6"
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
}

resource "cdn_continuous_deployment" "www" {
  primary_distribution_id = aws_cloudfront_distribution.www.id
  staging_distribution_id = aws_cloudfront_distribution.next.id
  weight                  = 5 # from the first release on the promotion decides
}

variable "certificate_arn" {
  description = "A certificate in us-east-1 that covers www.example.com."
  type        = string
}
