# The distribution associates the functions itself, and the split knows nothing of it. The current build of a site lies at
# the root of a bucket, and two others below it.
resource "cdn_edge_split" "site" {
  name   = "site"
  safe   = "current"
  shares = { next = 20, experiment = 5 } # current has the other 75

  sides = {
    current    = {} # the safe side alone may go without a prefix
    next       = { uri_prefix = "/next", index_document = "index.html" }
    experiment = { uri_prefix = "/experiment", index_document = "index.html" }
  }

  bake_time = "10m"

  lifecycle {
    create_before_destroy = true # so that a split is taken away after the behaviours have let go of it
  }
}

resource "aws_cloudfront_distribution" "site" {
  enabled             = true
  default_root_object = "index.html" # of the current build

  origin {
    origin_id                = "site"
    domain_name              = aws_s3_bucket.site.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.site.id
  }

  default_cache_behavior {
    target_origin_id       = "site"
    viewer_protocol_policy = "redirect-to-https"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "658327ea-f89d-4fab-a63d-7e88639e58f6" # Managed-CachingOptimized: the path tells the sides apart

    dynamic "function_association" {
      for_each = toset(["viewer-request", "viewer-response"]) # always both
      content {
        event_type   = function_association.key
        function_arn = cdn_edge_split.site.function_arns[function_association.key]
      }
    }
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
