# By the id of the policy. What it is attached to is looked up.
terraform import cdn_continuous_deployment.next 11111111-2222-3333-4444-555555555555
