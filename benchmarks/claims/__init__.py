"""Every checkable claim of two pages, held against what torch itself, arithmetic and the source say."""
