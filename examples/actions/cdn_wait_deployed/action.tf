# terraform apply -invoke=action.cdn_wait_deployed.www
action "cdn_wait_deployed" "www" {
  config {
    distribution_ids = [aws_cloudfront_distribution.www.id]
    invalidations    = true
  }
}
