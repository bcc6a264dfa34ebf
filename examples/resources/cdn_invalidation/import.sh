# By distribution and invalidation, with the triggers that it was for, which CloudFront does not know.
terraform import cdn_invalidation.site 'E2EXAMPLE/I3EXAMPLE?release=41'
