"""What a function in a rule may compute: one property a file, the file's name is its id."""
