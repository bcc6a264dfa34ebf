# hashicorp/aws attaches too. CloudFront takes no policy when a distribution is created,
# so that comes with the next apply; and what is ignored could not be attached.

resource "aws_cloudfront_distribution" "www" {
  continuous_deployment_policy_id = var.attached ? aws_cloudfront_continuous_deployment_policy.www.id : null
  lifecycle {
    ignore_changes = [
      origin, origin_group, default_cache_behavior, ordered_cache_behavior, custom_error_response,
      default_root_object, restrictions, logging_config, comment,
    ]
  }
}
