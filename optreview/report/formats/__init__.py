"""Output formats, one a file: ``render(review)`` turns a record into text; the file's name is the format."""
