# A release through a staging distribution, from the day on which that is made.
data "cdn_preflight" "next" {
  continuous_deployment = {
    primary_distribution_id = aws_cloudfront_distribution.blue.id
    staging_distribution_id = cdn_staging_distribution.next.id
  }
  alarms = [{ name = "site-5xx" }]
}

check "next_can_be_released" {
  assert {
    condition     = data.cdn_preflight.next.ok
    error_message = data.cdn_preflight.next.report
  }
}

# What a job that cleans up must leave alone until the release has settled.
output "keep" {
  value = [for k in data.cdn_preflight.next.keep_until_settled : "${k.kind} ${k.name}"]
}
