"""The abstract interpreter: what a class does when its methods run, in small abstract values."""
