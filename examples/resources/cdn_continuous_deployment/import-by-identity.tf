import {
  to       = cdn_continuous_deployment.next
  identity = { id = "11111111-2222-3333-4444-555555555555" }
}
