# A split of viewers inside one distribution: could it be made, and would everybody keep to their side?
locals {
  shop = {
    name = "shop"
    safe = "blue"
    sides = {
      blue  = { origin_id = "app-blue" }
      green = { origin_id = "app-green" }
    }
    attach = {
      distribution_id = aws_cloudfront_distribution.blue.id
      behaviors       = ["/api/*"]
    }
  }
}

data "cdn_preflight" "shop" {
  edge_split = {
    name   = local.shop.name
    safe   = local.shop.safe
    weight = 25 # the value you are about to write
    sides  = local.shop.sides
    attach = local.shop.attach
  }
}

resource "cdn_edge_split" "shop" {
  name   = local.shop.name
  safe   = local.shop.safe
  weight = 25
  sides  = local.shop.sides
  attach = local.shop.attach

  lifecycle {
    precondition { # also of the create, which moves nobody
      condition     = data.cdn_preflight.shop.ok
      error_message = data.cdn_preflight.shop.report
    }
  }
}
