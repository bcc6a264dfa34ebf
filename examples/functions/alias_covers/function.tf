variable "host" {
  type    = string
  default = "shop.example.com"
}

# Which of these distributions would answer for the host, if nobody else has it? The longest alias wins.
locals {
  aliases = {
    green = ["www.example.com", "*.example.com"]
    shop  = ["shop.example.com"]
  }
  covering = {
    for side, aliases in local.aliases : side => [for a in aliases : a if provider::cdn::alias_covers(a, var.host)]
  }
}

output "covering" {
  value = local.covering # { green = ["*.example.com"], shop = ["shop.example.com"] }
}
