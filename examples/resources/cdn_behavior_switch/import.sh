# The distribution, its cache behaviours, and what the side that is live is called and names. What that is set to is read
# from CloudFront; the other sides come from the configuration.
terraform import cdn_behavior_switch.app 'E1AAAAAAAAAAAA;default,/api/*;blue=origin_id'

# For `origins` write which members its origins have.
terraform import cdn_behavior_switch.site 'E1AAAAAAAAAAAA;default;v1=origins.path,default_root_object'
