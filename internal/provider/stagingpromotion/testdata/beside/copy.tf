# The staging distribution is a copy of this provider's.

locals { staging = cdn_staging_distribution.next.id }

resource "cdn_staging_distribution" "next" {
  primary_distribution_id = aws_cloudfront_distribution.www.id
  overrides               = { origins = { app = { domain_name = local.next.origin } } }
  follow                  = var.certificate
  timeouts                = { create = "48h", update = "48h", delete = "48h" }
}
