# The policy is replaced when a certificate is.

locals { policy = cdn_continuous_deployment.www.id }

resource "cdn_continuous_deployment" "www" {
  primary_distribution_id = aws_cloudfront_distribution.www.id
  staging_distribution_id = local.staging
  weight                  = 5
  attached                = var.attached
  timeouts                = { create = "48h", update = "48h", delete = "48h" }
  lifecycle {
    replace_triggered_by = [aws_cloudfront_distribution.www.viewer_certificate, aws_cloudfront_distribution.next.viewer_certificate]
  }
}
