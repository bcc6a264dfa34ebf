locals {
  weights = { blue = 75, green = 25 }

  # Which side a viewer of the split is on: the id stands before the first dot of the cookie.
  side = provider::cdn::variant_for("o5nGHBaGQQgXWMTIsDJ6Ohyn9Tu2M_zq", "2026-shop", local.weights)

  # Ids for an end-to-end test that has to see both sides.
  testers = { for n in range(8) : "tester-${n}" => provider::cdn::variant_for("tester-${n}", "2026-shop", local.weights) }
}
