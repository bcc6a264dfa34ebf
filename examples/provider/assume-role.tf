# As a role, renewed for as long as the cutover takes.
provider "cdn" {
  profile = "ci"

  assume_role {
    role_arn     = "arn:aws:iam::123456789012:role/cutover"
    session_name = "terraform"
  }
}
