terraform {
  required_providers {
    cdn = {
      source = "cdn-bluegreen/cdn"
    }
  }
}

# Credentials come from the environment, shared files or the machine, as for every AWS tool.
provider "cdn" {}
