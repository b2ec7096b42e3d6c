"""What is set side by side, one subject a file: ``tables(pair)``, and ``PLACE`` for where it stands.

A table without rows is left out, and a section without tables too: a subject may wait here for its evidence.
Its words are in the template of the same name.
"""
