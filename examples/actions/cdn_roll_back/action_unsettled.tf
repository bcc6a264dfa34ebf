# Without a bucket: takes back a release that is not settled.
action "cdn_roll_back" "unsettled" {
  config {
    primary_distribution_id = cdn_staging_promotion.www.primary_distribution_id
    staging_distribution_id = cdn_staging_promotion.www.staging_distribution_id
    policy_id               = cdn_staging_promotion.www.policy_id

    way_back = cdn_staging_promotion.www.way_back
  }
}
