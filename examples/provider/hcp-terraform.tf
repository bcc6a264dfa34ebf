# HCP Terraform with several tagged dynamic credentials. With one, no setting is needed at all.
variable "tfc_aws_dynamic_credentials" {
  type = object({
    default = object({ shared_config_file = string })
    aliases = map(object({ shared_config_file = string }))
  })
}

provider "cdn" {
  shared_config_files = [var.tfc_aws_dynamic_credentials.default.shared_config_file]
}

provider "cdn" {
  alias               = "edge"
  shared_config_files = [var.tfc_aws_dynamic_credentials.aliases["EDGE"].shared_config_file]
}
