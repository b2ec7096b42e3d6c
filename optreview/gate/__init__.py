"""The gate: a project's memory as a committed baseline, and what is worse than it."""
