# The name of the split. What its functions do is read from their code, and the weights from the store.
terraform import cdn_edge_split.shop shop
