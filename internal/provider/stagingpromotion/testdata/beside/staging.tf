# The staging distribution is one of hashicorp/aws.

locals { staging = aws_cloudfront_distribution.next.id }

resource "aws_cloudfront_distribution" "next" {
  enabled             = true
  staging             = true
  wait_for_deployment = false

  origin {
    origin_id   = "app"
    domain_name = local.next.origin
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
}
