locals {
  by_quarters = provider::cdn::ramp_steps("linear", 25)        # [25, 50, 75, 100]
  doubling    = provider::cdn::ramp_steps("exponential", 5)    # [5, 10, 20, 40, 80, 100]
  tripling    = provider::cdn::ramp_steps("exponential", 1, 3) # [1, 3, 9, 27, 81, 100]
  careful     = provider::cdn::ramp_steps("custom", 1, 5, 50)  # [1, 5, 50]
}
