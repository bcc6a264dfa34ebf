# Says in every plan when somebody has changed the primary, or a release could not begin. A pending release says nothing.
check "release" {
  data "cdn_promotion_status" "site" {
    primary_distribution_id = cdn_staging_promotion.site.primary_distribution_id
    staging_distribution_id = cdn_staging_promotion.site.staging_distribution_id
    settled_fingerprint     = cdn_staging_promotion.site.settled_fingerprint
  }

  assert {
    condition     = contains(["in_sync", "pending"], data.cdn_promotion_status.site.status)
    error_message = data.cdn_promotion_status.site.report
  }
}
