terraform {
  required_providers {
    cdn = {
      source = "cdn-bluegreen/cdn"
    }
  }
}

# Credentials come from the environment, shared files or the machine, as for every AWS tool.
# What stands in a provider "aws" block about credentials can be copied as it is.
provider "cdn" {
  allowed_account_ids = ["123456789012"]
}
