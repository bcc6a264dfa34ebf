# terraform query -generate-config-out=staging.tf
list "cdn_staging_distribution" "all" {
  provider = cdn
}
