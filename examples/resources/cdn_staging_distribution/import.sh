# By the id of the staging distribution.
terraform import cdn_staging_distribution.next E1EXAMPLE
