variable "build" {}

locals {
  next = { origin_path = "/builds/${var.build}" }
  # Where only the simulator looks: nothing of it is particular to a release.
  origin = { http_port = 80, https_port = 443, origin_protocol_policy = "http-only", origin_ssl_protocols = ["TLSv1.2"] }
}

resource "aws_cloudfront_distribution" "www" {
  enabled             = true
  wait_for_deployment = false

  origin {
    origin_id   = "app"
    domain_name = "app.origin.test"
    origin_path = "/builds/1"
    custom_origin_config {
      http_port              = local.origin.http_port
      https_port             = local.origin.https_port
      origin_protocol_policy = local.origin.origin_protocol_policy
      origin_ssl_protocols   = local.origin.origin_ssl_protocols
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
    cloudfront_default_certificate = true
  }
  lifecycle {
    ignore_changes = [
      origin, origin_group, default_cache_behavior, ordered_cache_behavior, custom_error_response,
      default_root_object, restrictions, logging_config, comment, continuous_deployment_policy_id,
    ]
  }
}

resource "aws_cloudfront_distribution" "next" {
  enabled             = true
  staging             = true
  wait_for_deployment = false

  origin {
    origin_id   = "app"
    domain_name = "app.origin.test"
    origin_path = local.next.origin_path
    custom_origin_config {
      http_port              = local.origin.http_port
      https_port             = local.origin.https_port
      origin_protocol_policy = local.origin.origin_protocol_policy
      origin_ssl_protocols   = local.origin.origin_ssl_protocols
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
    cloudfront_default_certificate = true
  }
}

resource "cdn_continuous_deployment" "www" {
  primary_distribution_id = aws_cloudfront_distribution.www.id
  staging_distribution_id = aws_cloudfront_distribution.next.id
  weight                  = 5
  timeouts                = { create = "48h", update = "48h", delete = "48h" }
}

resource "cdn_staging_promotion" "www" {
  primary_distribution_id = aws_cloudfront_distribution.www.id
  staging_distribution_id = aws_cloudfront_distribution.next.id
  policy_id               = cdn_continuous_deployment.www.id
  release                 = sha256(jsonencode(local.next))

  canary   = { weights = [5], bake_time = "1m", require_traffic = 0 }
  timeouts = { create = "48h", update = "48h", roll_back = "48h" }
}

output "primary" { value = aws_cloudfront_distribution.www.id }
