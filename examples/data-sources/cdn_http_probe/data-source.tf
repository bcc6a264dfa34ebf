check "staging_answers" {
  data "cdn_http_probe" "staging" {
    url             = "https://www.example.com/health"
    headers         = { "aws-cf-cd-staging" = "true" }
    expected_status = [200]
    body_contains   = "ok"
    samples         = 3
  }

  assert {
    condition     = data.cdn_http_probe.staging.passed
    error_message = "The staging distribution is not healthy: ${data.cdn_http_probe.staging.reason}"
  }
}
