locals {
  by_quarters = provider::cdn::ramp_weights("linear", 25)        # [25, 50, 75, 100]
  doubling    = provider::cdn::ramp_weights("exponential", 5)    # [5, 10, 20, 40, 80, 100]
  tripling    = provider::cdn::ramp_weights("exponential", 1, 3) # [1, 3, 9, 27, 81, 100]
  careful     = provider::cdn::ramp_weights("custom", 1, 5, 50)  # [1, 5, 50]
}
