# terraform query -generate-config-out=ramps.tf
list "cdn_weighted_ramp" "pairs" {
  provider = cdn

  config {
    zone_id = "Z0123456789ABCDEFGHIJ"
  }
}
