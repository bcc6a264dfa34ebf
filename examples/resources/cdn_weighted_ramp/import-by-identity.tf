import {
  to       = cdn_weighted_ramp.site
  identity = { id = "Z0123456789;static.example.com,www.example.com;CNAME;cloudfront,other" }
}
