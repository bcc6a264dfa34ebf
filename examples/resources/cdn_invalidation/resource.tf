# The documents of a release, once they are uploaded. Assets have a hash in their names and need none.
resource "cdn_invalidation" "site" {
  distribution_id = aws_cloudfront_distribution.site.id
  paths           = ["/", "/index.html", "/app/*"]
  triggers        = { release = var.release }

  depends_on = [aws_s3_object.site]
}

# All that was stored with the tag of the release before, whatever its path. The objects are
# tagged by the origin, in the header that the distribution's cache_tag_config names.
resource "cdn_invalidation" "release" {
  distribution_id = aws_cloudfront_distribution.shop.id
  tags            = ["release:${var.previous_release}"]
  triggers        = { release = var.release }
  wait            = false
}
