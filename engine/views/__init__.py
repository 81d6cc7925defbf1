"""Other ways to look at a shop: one product's relations, a path between two, an export, upkeep."""
