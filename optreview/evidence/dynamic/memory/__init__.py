"""Exact memory: every storage that appears while an optimizer is built and stepped, by its real bytes."""
