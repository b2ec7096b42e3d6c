"""How many update rules can be extracted and proven, and what that takes."""
