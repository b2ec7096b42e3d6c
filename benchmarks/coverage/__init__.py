"""How many optimizer classes can be driven, which cannot and why, and whether the printed recipes run."""
