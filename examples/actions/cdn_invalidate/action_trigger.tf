# After each upload, and without waiting for the end of it.
resource "aws_s3_object" "index" {
  bucket = aws_s3_bucket.site.id
  key    = "index.html"
  source = "index.html"

  source_hash = var.release # another one with each upload

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.cdn_invalidate.index]
    }
  }
}

action "cdn_invalidate" "index" {
  config {
    distribution_id = aws_cloudfront_distribution.site.id
    paths           = ["/", "/index.html"]
    wait            = false
  }
}
