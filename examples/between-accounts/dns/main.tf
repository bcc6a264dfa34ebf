# The zone, which is in neither account. The switch makes its records.

resource "aws_route53_zone" "example" {
  name = "example.com"
}

output "zone_id" {
  value = aws_route53_zone.example.zone_id
}
