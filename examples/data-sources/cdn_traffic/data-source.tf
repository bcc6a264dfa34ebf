variable "staging_distribution_id" {
  type = string
}

check "canary_has_viewers" {
  data "cdn_traffic" "staging" {
    distribution_id = var.staging_distribution_id
    window          = "30m"
  }

  assert {
    condition     = data.cdn_traffic.staging.requests > 100
    error_message = "The canary got ${data.cdn_traffic.staging.requests} requests in half an hour, which proves nothing."
  }
}
