"""What the scores are calibrated on: every measured figure of every class of a dozen packages, frozen."""
