"""Recording steps as programs, and proving them."""
