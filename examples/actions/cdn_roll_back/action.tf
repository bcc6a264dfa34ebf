# terraform apply -invoke=action.cdn_roll_back.www
action "cdn_roll_back" "www" {
  config {
    primary_distribution_id = cdn_staging_promotion.www.primary_distribution_id
    staging_distribution_id = cdn_staging_promotion.www.staging_distribution_id
    policy_id               = cdn_staging_promotion.www.policy_id

    snapshot_bucket = cdn_staging_promotion.www.snapshot_bucket # has what was there before the last release
    invalidate      = ["/*"]
  }
}
