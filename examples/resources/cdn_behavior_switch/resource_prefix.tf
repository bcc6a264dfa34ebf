locals {
  live = "blue" # upload a build to s3://…/green, and write green
}

# From one prefix of a bucket to another. Each has an origin of its own, so that the side before stays as it is.
resource "cdn_behavior_switch" "site" {
  distribution_id = aws_cloudfront_distribution.site.id
  behaviors       = ["default"]
  live            = local.live

  sides = {
    blue  = { origin_id = "blue" }
    green = { origin_id = "green" }
  }

  invalidate = ["/*"]
  warm       = ["/", "/index.html"] # from here, so at one location
  verify     = { after = { probes = [{ path = "/", body_contains = "<title>" }] } }
  bake_time  = "5m"

  depends_on = [aws_s3_bucket_policy.site] # both prefixes can be read before anybody is sent there
}

resource "aws_cloudfront_distribution" "site" {
  enabled             = true
  default_root_object = "index.html"

  dynamic "origin" {
    for_each = { blue = "/blue", green = "/green", assets = "" }
    content {
      origin_id                = origin.key
      domain_name              = aws_s3_bucket.site.bucket_regional_domain_name
      origin_path              = origin.value
      origin_access_control_id = aws_cloudfront_origin_access_control.site.id
    }
  }

  default_cache_behavior {
    target_origin_id       = local.live # what it is created with; the switch decides from then on
    viewer_protocol_policy = "redirect-to-https"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "658327ea-f89d-4fab-a63d-7e88639e58f6" # Managed-CachingOptimized
  }

  # Files with a hash in their names, of all builds side by side: a page of either side finds its own.
  ordered_cache_behavior {
    path_pattern           = "/assets/*"
    target_origin_id       = "assets"
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
    cloudfront_default_certificate = true
  }

  lifecycle {
    ignore_changes = [default_cache_behavior[0].target_origin_id]
  }
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
      Condition = { StringEquals = { "AWS:SourceArn" = aws_cloudfront_distribution.site.arn } }
    }]
  })
}
