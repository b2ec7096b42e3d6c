"""Small tasks on which an optimizer is tried beside AdamW: one task a file, found by location.

They are a sanity check: whether it trains at all at the recommended setting, and how wide the range of
learning rates is in which it does. Nothing here says which optimizer is the better one for a real model.
"""
