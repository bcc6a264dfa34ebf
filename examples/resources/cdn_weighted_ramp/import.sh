terraform import cdn_weighted_ramp.site 'Z0123456789;static.example.com,www.example.com;CNAME;cloudfront,other'

# A ramp that has arrived: the simple records are the target's.
terraform import cdn_weighted_ramp.site 'Z0123456789;static.example.com,www.example.com;CNAME;cloudfront,other;100'
