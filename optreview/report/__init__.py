"""The outputs: pages, terminal summary and the records on disk."""
