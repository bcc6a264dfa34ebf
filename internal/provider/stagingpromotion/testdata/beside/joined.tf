# The policy is this provider's.

locals { policy = cdn_continuous_deployment.www.id }

resource "cdn_continuous_deployment" "www" {
  primary_distribution_id = aws_cloudfront_distribution.www.id
  staging_distribution_id = local.staging
  weight                  = 5
  attached                = var.attached
  timeouts                = { create = "48h", update = "48h", delete = "48h" }
}
