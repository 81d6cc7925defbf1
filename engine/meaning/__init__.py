"""What product types mean in one shop: their job, the phrases for them, what fits what."""
