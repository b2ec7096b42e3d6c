"""Facts read from the source with libcst; torch is never imported."""
