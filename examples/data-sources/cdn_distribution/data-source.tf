data "cdn_distribution" "green" {
  id = "E2QWRUHAPOMQZL" # of another configuration, whose state is out of reach
}

# An uploader that must not overwrite what is being served.
locals {
  live_prefix = one([for o in data.cdn_distribution.green.origins : o.origin_path if o.origin_id == "site"])
  next_prefix = local.live_prefix == "/a" ? "/b" : "/a"
}
