"""Formats of the linter, one a file: ``render(lint)`` makes text of a run; the file's name is the format."""
