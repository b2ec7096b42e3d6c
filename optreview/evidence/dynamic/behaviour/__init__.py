"""Scenarios in which optimizers are compared: one a file, found by location; nothing here needs torch."""
