import {
  to       = cdn_staging_distribution.next
  identity = { id = "E1EXAMPLE" }
}
