"""What the probes answer of every optimizer of several packages, and what asking costs."""
