# Both providers at the simulator. Where the services are is in the environment (see README.md), for both.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
    cdn = {
      source = "cdn-bluegreen/cdn"
    }
  }
}

provider "aws" {
  region     = "us-east-1"
  access_key = "rehearsal"
  secret_key = "rehearsal"

  skip_metadata_api_check = true
  skip_region_validation  = true
}

provider "cdn" {
  access_key    = "rehearsal"
  secret_key    = "rehearsal"
  poll_interval = "1s" # 15s at AWS, where everything takes about 15 times as long as in the simulator

  endpoints {
    edge = "127.0.0.1:8080" # probes connect there, whatever a name resolves to
  }
}
