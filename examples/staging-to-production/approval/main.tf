# The stack that holds the yes, and nothing else. Whoever may apply it may approve: its plan shows what waits in
# production, and confirming that plan is the yes.

variable "production" {
  description = "Where the state of production is."
  type        = string
  default     = "../production/terraform.tfstate"
}

data "terraform_remote_state" "production" {
  backend = "local" # "remote", "s3", ..., or tfe_outputs in HCP Terraform
  config  = { path = var.production }
}

locals {
  outputs  = data.terraform_remote_state.production.outputs
  waiting  = try(local.outputs.approval_request, null) # an output that is null is not in a state
  approved = try(local.outputs.approved, null)
}

resource "terraform_data" "yes" {
  # While nothing waits it is the last yes that was made use of, so that there is nothing to confirm.
  input = try(coalesce(local.waiting, local.approved), null)
}

check "what_waits" {
  assert {
    condition     = local.waiting == null
    error_message = try("Confirm this plan to approve ${local.outputs.awaiting.target}, waiting since ${local.outputs.awaiting.since}. Evidence: ${local.outputs.awaiting.evidence}.", "")
  }
}

output "approval" {
  value = terraform_data.yes.output
}
