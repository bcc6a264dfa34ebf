# The primary stays an aws_cloudfront_distribution. hashicorp/aws must leave alone what
# this provider and releases change on it.
resource "aws_cloudfront_distribution" "site" {
  # ...
  lifecycle {
    ignore_changes = [
      origin, origin_group, default_cache_behavior, ordered_cache_behavior, custom_error_response,
      default_root_object, restrictions, logging_config, comment, continuous_deployment_policy_id,
    ]
  }
}

resource "cdn_staging_distribution" "next" {
  primary_distribution_id = aws_cloudfront_distribution.site.id
  overrides = {
    origins = { site = { origin_path = "/2026-11-21" } }
  }
}

# Created disabled: viewers notice nothing until cdn_staging_promotion enables it.
resource "cdn_continuous_deployment" "next" {
  primary_distribution_id = aws_cloudfront_distribution.site.id
  staging_distribution_id = cdn_staging_distribution.next.id
  weight                  = 5
  session_stickiness = {
    idle_ttl    = 300
    maximum_ttl = 1800
  }
}
