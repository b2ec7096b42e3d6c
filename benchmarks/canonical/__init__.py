"""The rules of the catalogue's implementations, as the tool itself extracts them."""
