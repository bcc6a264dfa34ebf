data "cdn_alias_owner" "www" {
  name            = "www.example.com"
  distribution_id = aws_cloudfront_distribution.green.id # its certificate covers the name
}

# Says in every plan when the name is gone, or has gone to another account.
check "www_is_ours" {
  assert {
    condition     = try(data.cdn_alias_owner.www.owner.same_account, false)
    error_message = "www.example.com belongs to ${try(data.cdn_alias_owner.www.owner.resource_id, "nobody")}."
  }
}
