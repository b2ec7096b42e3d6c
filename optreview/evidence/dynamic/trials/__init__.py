"""Instances of the reviewed class on small tensors, and questions that are answered by stepping them."""
