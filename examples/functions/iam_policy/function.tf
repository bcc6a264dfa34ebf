# For the role that plans: it cannot change anything.
resource "aws_iam_policy" "plan" {
  name   = "cutover-plan"
  policy = provider::cdn::iam_policy("plan", ["cdn_bluegreen_switch", "cdn_preflight"])
}

# For the role that applies: exactly these distributions, this zone and this certificate.
resource "aws_iam_policy" "apply" {
  name = "cutover-apply"
  policy = provider::cdn::iam_policy("apply", ["cdn_bluegreen_switch", "cdn_preflight"], {
    methods       = ["domain_association"]
    invalidate    = true
    distributions = [aws_cloudfront_distribution.blue.arn, aws_cloudfront_distribution.green.arn]
    hosted_zones  = [aws_route53_zone.example.arn]
    certificates  = [aws_acm_certificate.example.arn]
  })
}
