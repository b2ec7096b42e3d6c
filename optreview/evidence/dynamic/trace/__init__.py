"""A traced run: what a step does at which place of the source."""
