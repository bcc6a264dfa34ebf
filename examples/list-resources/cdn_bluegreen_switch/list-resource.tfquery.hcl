# terraform query -generate-config-out=switches.tf
list "cdn_bluegreen_switch" "sites" {
  provider = cdn

  config {
    # Comments such as "shop-blue" and "shop-green".
    pattern = "{site}-{side}"
    zones   = { "example.com" = "Z0123456789ABCDEFGHIJ" }
  }
}
