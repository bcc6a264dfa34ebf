# The policy is one of hashicorp/aws.

locals { policy = aws_cloudfront_continuous_deployment_policy.www.id }

resource "aws_cloudfront_continuous_deployment_policy" "www" {
  enabled = false
  staging_distribution_dns_names {
    quantity = 1
    items    = [aws_cloudfront_distribution.next.domain_name]
  }
  traffic_config {
    type = "SingleWeight"
    single_weight_config {
      weight = 0.05
    }
  }
  lifecycle {
    ignore_changes = [enabled, traffic_config] # the promotion decides these
  }
}
