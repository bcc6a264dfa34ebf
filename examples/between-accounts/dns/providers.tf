# hashicorp/aws at the simulator, with a key of the account with the zone. Where the services are is in the environment (see README.md).

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region     = "us-east-1"
  access_key = "rehearsal-dns"
  secret_key = "rehearsal"

  skip_metadata_api_check = true
  skip_region_validation  = true
}
