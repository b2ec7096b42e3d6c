"""Which constructor parameters optimizers have in common."""
