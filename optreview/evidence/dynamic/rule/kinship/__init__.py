"""Which known optimizer an update rule is, or comes nearest to, and in what the two differ."""
