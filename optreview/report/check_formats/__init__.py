"""How a check becomes text, one format a file: ``render(check) -> str``."""
