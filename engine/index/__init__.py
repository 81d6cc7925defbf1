"""The index of a shop: made, opened, compared with the next one, and what a change drops."""
