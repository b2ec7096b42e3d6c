"""Files as libcst sees them: parsed once, their names and places, and what is written down in them."""
