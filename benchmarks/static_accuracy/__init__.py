"""How right the reading of the source is, measured against what the optimizers do when they run."""
