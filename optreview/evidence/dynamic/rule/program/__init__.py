"""A step as a program of torch calls: recorded with symbolic numbers, executed again, and so proven."""
