# From one version of a Lambda@Edge function to the next: only the newest is in the configuration, and `live` stays. Another
# definition of the live side is a cutover, with the version before as its way back.
resource "cdn_behavior_switch" "edge" {
  distribution_id = aws_cloudfront_distribution.site.id
  behaviors       = ["default"]
  live            = "release"

  sides = {
    release = {
      lambda_functions = {
        origin-request = { arn = aws_lambda_function.edge.qualified_arn } # unknown while it is being published, and so are the steps
      }
    }
  }

  invalidate = ["/*"] # what a function at an origin event has made of an answer is cached
  verify     = { after = { probes = [{ path = "/" }] } }
  bake_time  = "5m"
}

resource "aws_lambda_function" "edge" {
  function_name    = "edge"
  role             = var.role_arn
  runtime          = "nodejs22.x"
  handler          = "index.handler"
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  publish          = true # a numbered version for each change
  skip_destroy     = true # AWS deletes no version whose replicas are still at edge locations, which takes hours
}

resource "aws_cloudfront_distribution" "site" {
  enabled = true

  origin {
    origin_id   = "app"
    domain_name = "app.example.net"
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

    lambda_function_association {
      event_type = "origin-request"
      lambda_arn = aws_lambda_function.edge.qualified_arn # what it is created with; the switch decides from then on
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

  lifecycle {
    # It is a set, of which no member can be named.
    ignore_changes = [default_cache_behavior[0].lambda_function_association]
  }
}

variable "package" {
  description = "Path of the zip with the function's code, as your pipeline has built it."
  type        = string
}

variable "role_arn" {
  description = "Role that lambda.amazonaws.com and edgelambda.amazonaws.com may assume."
  type        = string
}
