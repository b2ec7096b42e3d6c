"""Memory on models that are never allocated: the optimizer's own code on tensors with shapes and no values.

``FakeTensorMode`` (torch.org, "Fake tensor") runs any operation on shapes alone. What it cannot do is hand a
value to Python, as ``item()`` and ``if tensor`` ask for: a small real run is taken first, and what it read at
a place of the source is the answer there.
"""
