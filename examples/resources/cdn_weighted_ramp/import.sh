terraform import cdn_weighted_ramp.site 'Z0123456789;static.example.com,www.example.com;CNAME;cloudfront,other'
