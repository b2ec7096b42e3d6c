"""Output formats, one a file: ``render(review, voice)`` makes text of a record; the file's name is the id."""
