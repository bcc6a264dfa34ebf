# A site as people describe it with hashicorp/aws. Everything that depends on var.side changes in place.

terraform {
  required_providers {
    aws = { source = "registry.terraform.io/hashicorp/aws" }
  }
}

variable "side" { type = string }

provider "aws" {
  region     = "us-east-1"
  access_key = "AKIDTERRAFORM"
  secret_key = "secret"

  skip_metadata_api_check = true
  skip_region_validation  = true
  s3_use_path_style       = true

  # Where the services are stands in AWS_ENDPOINT_URL: a block endpoints has 300 attributes, and validating it takes
  # hashicorp/aws ten seconds of processor time with each command.
}

resource "aws_s3_bucket" "site" {
  bucket        = "site-of-example-com"
  force_destroy = true
  tags          = { side = var.side }
}

resource "aws_s3_bucket_versioning" "site" {
  bucket = aws_s3_bucket.site.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "site" {
  bucket                  = aws_s3_bucket.site.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = var.side == "blue"
}

resource "aws_s3_object" "page" {
  for_each      = toset(["blue", "green"])
  bucket        = aws_s3_bucket.site.id
  key           = "${each.key}/index.html"
  content       = "I am ${each.key}"
  content_type  = "text/html"
  cache_control = "no-store"
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
      Condition = { StringEquals = { "AWS:SourceArn" = aws_cloudfront_distribution.site.arn } }
    }]
  })
}

resource "aws_acm_certificate" "site" {
  domain_name               = "example.com"
  subject_alternative_names = ["*.example.com"]
  validation_method         = "DNS"
  tags                      = { side = var.side }
}

resource "aws_acm_certificate_validation" "site" {
  certificate_arn         = aws_acm_certificate.site.arn
  validation_record_fqdns = [aws_route53_record.validation.fqdn]
}

resource "aws_route53_zone" "site" {
  name    = "example.com"
  comment = "the ${var.side} site"
}

# One record proves both names of the certificate.
resource "aws_route53_record" "validation" {
  zone_id = aws_route53_zone.site.zone_id
  name    = tolist(aws_acm_certificate.site.domain_validation_options)[0].resource_record_name
  type    = tolist(aws_acm_certificate.site.domain_validation_options)[0].resource_record_type
  records = [tolist(aws_acm_certificate.site.domain_validation_options)[0].resource_record_value]
  ttl     = 60
}

resource "aws_route53_record" "simple" {
  zone_id = aws_route53_zone.site.zone_id
  name    = "simple.example.com"
  type    = "A"
  ttl     = 60
  records = [var.side == "blue" ? "192.0.2.1" : "192.0.2.2"]
}

resource "aws_route53_record" "weighted" {
  for_each       = { blue = var.side == "blue" ? 100 : 0, green = var.side == "blue" ? 0 : 100 }
  zone_id        = aws_route53_zone.site.zone_id
  name           = "weighted.example.com"
  type           = "CNAME"
  ttl            = 60
  records        = ["${each.key}.example.net"]
  set_identifier = each.key
  weighted_routing_policy {
    weight = each.value
  }
}

resource "aws_route53_record" "alias" {
  for_each = toset(["A", "AAAA"])
  zone_id  = aws_route53_zone.site.zone_id
  name     = "www.example.com"
  type     = each.key
  alias {
    name                   = aws_cloudfront_distribution.site.domain_name
    zone_id                = aws_cloudfront_distribution.site.hosted_zone_id
    evaluate_target_health = false
  }
}

data "aws_cloudfront_cache_policy" "managed" {
  name = "Managed-CachingOptimized"
}

data "aws_cloudfront_origin_request_policy" "managed" {
  name = "Managed-CORS-S3Origin"
}

data "aws_cloudfront_response_headers_policy" "managed" {
  name = "Managed-SecurityHeadersPolicy"
}

resource "aws_cloudfront_cache_policy" "site" {
  name    = "site"
  min_ttl = var.side == "blue" ? 1 : 2
  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = true
    enable_accept_encoding_gzip   = true
    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "whitelist"
      headers {
        items = ["X-Tenant"]
      }
    }
    query_strings_config {
      query_string_behavior = "all"
    }
  }
}

resource "aws_cloudfront_origin_request_policy" "site" {
  name    = "site"
  comment = var.side
  cookies_config {
    cookie_behavior = "none"
  }
  headers_config {
    header_behavior = "none"
  }
  query_strings_config {
    query_string_behavior = "allExcept"
    query_strings {
      items = ["utm_source"]
    }
  }
}

resource "aws_cloudfront_response_headers_policy" "site" {
  name = "site"
  custom_headers_config {
    items {
      header   = "X-Side"
      value    = var.side
      override = true
    }
  }
  security_headers_config {
    strict_transport_security {
      access_control_max_age_sec = 31536000
      override                   = true
    }
  }
}

resource "aws_cloudfront_origin_access_control" "site" {
  name                              = "site"
  description                       = var.side
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_key_value_store" "site" {
  name    = "site"
  comment = var.side
}

resource "aws_cloudfront_function" "site" {
  name    = "site"
  runtime = "cloudfront-js-2.0"
  comment = var.side
  publish = true

  key_value_store_associations = [aws_cloudfront_key_value_store.site.arn]

  code = "function handler(event) { return event.request } // ${var.side}"
}

resource "aws_s3_object" "code" {
  bucket  = aws_s3_bucket.site.id
  key     = "code.zip"
  content = "the simulator keeps code as bytes"
}

resource "aws_lambda_function" "api" {
  function_name = "api"
  description   = var.side
  role          = "arn:aws:iam::123456789012:role/edge"
  runtime       = "nodejs22.x"
  handler       = "index.handler"
  s3_bucket     = aws_s3_object.code.bucket
  s3_key        = aws_s3_object.code.key
  publish       = true
}

resource "aws_cloudfront_monitoring_subscription" "site" {
  distribution_id = aws_cloudfront_distribution.site.id
  monitoring_subscription {
    realtime_metrics_subscription_config {
      realtime_metrics_subscription_status = "Enabled"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "errors"
  alarm_description   = "the ${var.side} site answers errors"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  threshold           = 5
  namespace           = "AWS/CloudFront"
  metric_name         = "5xxErrorRate"
  period              = 60
  statistic           = "Average"
  treat_missing_data  = "notBreaching"
  dimensions          = { DistributionId = aws_cloudfront_distribution.site.id, Region = "Global" }
  tags                = { side = var.side }
}

resource "aws_cloudwatch_metric_alarm" "failed" {
  alarm_name          = "failed"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 1
  threshold           = var.side == "blue" ? 10 : 20
  metric_query {
    id          = "failed"
    expression  = "requests * rate / 100"
    label       = "failed requests"
    return_data = true
  }
  metric_query {
    id = "requests"
    metric {
      namespace   = "AWS/CloudFront"
      metric_name = "Requests"
      period      = 60
      stat        = "Sum"
      dimensions  = { DistributionId = aws_cloudfront_distribution.site.id, Region = "Global" }
    }
  }
  metric_query {
    id = "rate"
    metric {
      namespace   = "AWS/CloudFront"
      metric_name = "5xxErrorRate"
      period      = 60
      stat        = "Average"
      dimensions  = { DistributionId = aws_cloudfront_distribution.site.id, Region = "Global" }
    }
  }
}

resource "aws_cloudwatch_composite_alarm" "site" {
  alarm_name        = "site"
  alarm_description = var.side
  alarm_rule        = "ALARM(${aws_cloudwatch_metric_alarm.errors.alarm_name}) AND NOT INSUFFICIENT_DATA(${aws_cloudwatch_metric_alarm.failed.alarm_name})"
}

resource "aws_cloudfront_distribution" "site" {
  enabled             = true
  is_ipv6_enabled     = true
  comment             = var.side
  aliases             = ["example.com", "www.example.com"]
  default_root_object = "index.html"
  http_version        = "http2"
  price_class         = "PriceClass_100"
  tags                = { side = var.side }

  # The provider sleeps half a minute before it looks.
  wait_for_deployment = false

  origin {
    origin_id                = "s3"
    domain_name              = aws_s3_bucket.site.bucket_regional_domain_name
    origin_path              = "/${var.side}"
    origin_access_control_id = aws_cloudfront_origin_access_control.site.id
  }

  origin {
    origin_id   = "api"
    domain_name = "api.origin.test"
    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
    custom_header {
      name  = "X-Side"
      value = var.side
    }
  }

  default_cache_behavior {
    target_origin_id           = "s3"
    viewer_protocol_policy     = "allow-all"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = aws_cloudfront_cache_policy.site.id
    origin_request_policy_id   = aws_cloudfront_origin_request_policy.site.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.site.id
    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.site.arn
    }
  }

  ordered_cache_behavior {
    path_pattern               = "/managed/*"
    target_origin_id           = "s3"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD", "OPTIONS"]
    cached_methods             = ["GET", "HEAD"]
    cache_policy_id            = data.aws_cloudfront_cache_policy.managed.id
    origin_request_policy_id   = data.aws_cloudfront_origin_request_policy.managed.id
    response_headers_policy_id = data.aws_cloudfront_response_headers_policy.managed.id
  }

  ordered_cache_behavior {
    path_pattern           = "/api/*"
    target_origin_id       = "api"
    viewer_protocol_policy = "https-only"
    allowed_methods        = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods         = ["GET", "HEAD"]
    lambda_function_association {
      event_type = "origin-request"
      lambda_arn = aws_lambda_function.api.qualified_arn
    }
    forwarded_values {
      query_string = true
      headers      = ["Authorization"]
      cookies {
        forward = "all"
      }
    }
  }

  custom_error_response {
    error_code         = 404
    response_code      = 200
    response_page_path = "/index.html"
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    # Not by way of its validation, whose record the provider waits a quarter of a minute for.
    acm_certificate_arn      = aws_acm_certificate.site.arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }
}
