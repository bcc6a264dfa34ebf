# With Terraform 1.11 or OpenTofu 1.11 and later the secret of testers is in no state and in no plan: only who applies has it.
resource "cdn_edge_split" "preview" {
  name   = "preview"
  safe   = "current"
  weight = 0 # nobody but testers, so far

  sides = {
    current = { origin_id = "app-current" }
    next    = { origin_id = "app-next" }
  }

  attach = {
    distribution_id = aws_cloudfront_distribution.app.id
    behaviors       = ["default"]
  }

  override = {
    cookie            = "preview" # testers have the cookie preview=next.<secret>
    secret_wo         = var.preview_secret
    secret_wo_version = 1 # another number with every new secret
  }
}

variable "preview_secret" {
  description = "16 characters or more, at random."
  type        = string
  sensitive   = true
  ephemeral   = true
}
