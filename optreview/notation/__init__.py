"""A small language for update rules: one line an assignment, as papers write them, and exact enough to run.

    m ← EMA[beta1](g)
    v ← EMA[beta2](g^2)
    p ← p - lr * (m' / (1 - beta1^t)) / (sqrt(v' / (1 - beta2^t)) + eps)

``name ← value`` (or ``<-``) gives a state entry, or the parameter ``p``, its new value; ``name = value``
names a value for later lines of the same step. Lines run in order. On the right a state entry is its value
before the step, and with ``'`` the one that an earlier line has assigned. ``g`` is the gradient and ``t``
the number of the step, 1 in the first; other names are the caller's: hyperparameters. A state entry that no
line assigns is kept.

There are numbers, ``+ - * / ^``, ``@`` for matrices, comparisons, ``and or not``, the functions of
``functions.py``, and ``EMA[b](x)``, b · old + (1 - b) · x, as the whole right side of a ``←`` line. A
reduction takes all elements, or with an axis, ``mean[-1](x)``, those along it; that dimension is kept with
size 1, so that the result fits the tensor again. Any other function is a block, whose implementation the
caller brings. Cases are written ``if condition:`` and ``else:`` with indented lines; a ``#`` begins a
comment.

The text may come from anywhere: nothing of it is executed as Python, and its length and depth are limited.
How large tensors become is not limited.
"""
