"""What a template may print: lookups and joins over one review, computed before any word is chosen."""
