# The primary, the staging distribution, their policy, and what the configuration calls the release that the primary has.
terraform import cdn_staging_promotion.www 'E1AAAAAAAAAAAA,E2BBBBBBBBBBBB,11111111-2222-3333-4444-555555555555,2026-11-21'
