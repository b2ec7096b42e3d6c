"""Comparing update rules."""
