"""Formats of a comparison, one a file: ``render(comparison)`` makes text; the file's name is the format."""
