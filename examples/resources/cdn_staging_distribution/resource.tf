# The next release at another path of the same bucket.
resource "cdn_staging_distribution" "next" {
  primary_distribution_id = aws_cloudfront_distribution.site.id
  overrides = {
    comment = "release ${var.release}"
    origins = { site = { origin_path = "/${var.release}" } }
  }
  # A new value brings everything else up to the primary. A change made by hand alters
  # no configuration, so it is never followed.
  follow = sha256(jsonencode(local.site))
}

# Two prefixes that take turns: upload to cdn_staging_distribution.turns.idle, then release.
resource "cdn_staging_distribution" "turns" {
  primary_distribution_id = aws_cloudfront_distribution.docs.id
  release                 = var.release
  sides = {
    blue  = { origins = { docs = { origin_path = "/blue" } } }
    green = { origins = { docs = { origin_path = "/green" } } }
  }
}

# One that hashicorp/aws has managed so far.
moved {
  from = aws_cloudfront_distribution.staging
  to   = cdn_staging_distribution.next
}
