# One wait for many distributions, after all of them have been updated.
resource "terraform_data" "updated" {
  input = [for d in aws_cloudfront_distribution.site : d.etag] # each with wait_for_deployment = false

  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.cdn_wait_deployed.all]
    }
  }
}

action "cdn_wait_deployed" "all" {
  config {
    distribution_ids = [for d in aws_cloudfront_distribution.site : d.id]
  }
}
