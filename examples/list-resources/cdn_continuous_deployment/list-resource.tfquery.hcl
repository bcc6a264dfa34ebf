# terraform query -generate-config-out=deployments.tf
list "cdn_continuous_deployment" "joined" {
  provider = cdn

  config {
    orphaned = false
  }
}
