# terraform apply -invoke=action.cdn_invalidate.site
action "cdn_invalidate" "site" {
  config {
    distribution_id = aws_cloudfront_distribution.site.id
    paths           = ["/*"]
  }
}
