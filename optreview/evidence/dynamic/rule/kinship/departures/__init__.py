"""Ways in which implementations are known to depart from a paper, one a file, each tried by running it."""
