"""Questions that are answered by trying: one probe a file, found by location; the file's name is its id."""
