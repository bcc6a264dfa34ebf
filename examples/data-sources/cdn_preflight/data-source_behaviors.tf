# A switch of cache behaviours inside one distribution: is anything in its way, and what would
# edge locations go on answering with?
data "cdn_preflight" "api" {
  behavior_switch = {
    distribution_id = aws_cloudfront_distribution.blue.id
    behaviors       = ["/api/*"]
    sides = {
      blue  = { origin_id = "app-blue" }
      green = { origin_id = "app-green" }
    }
    live       = "green"
    invalidate = ["/api/*"]
  }
}

check "api_can_be_switched" {
  assert {
    condition     = length(data.cdn_preflight.api.findings) == 0
    error_message = data.cdn_preflight.api.report
  }
}
