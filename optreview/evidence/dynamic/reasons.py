"""What to say of a refusal that no way of driving mends: by what the optimizer said."""

from __future__ import annotations

import re

_CUDA = (
    "It needs a CUDA device, and this run had none. With --device cuda it can be run where there is one; "
    "the reading of its source stands."
)
_COMPILED = (
    "It compiles kernels of its own, or starts other programs, when it is first used, and the box starts "
    "none: build its extension beforehand, or use --no-sandbox for code that you trust."
)
_BFLOAT16 = (
    "It takes bfloat16 parameters only, and the first run, with which others are compared, is in float32."
)
_ARGUMENTS = "There is no customary value for that, and its source does not say what to give."
_VERSION = "What it calls is not there, or takes other arguments, in the versions that are installed."
_GROUP = "It needs a process group that its own package starts, and the box gives no network for one."
_PACKAGE = "It needs a package that is not installed."
#: What was said, and the sentence; the first that fits is taken.
_REASONS = (
    (r"not compiled with CUDA|no NVIDIA driver|no CUDA GPUs|0 active drivers|CUDA_ERROR", _CUDA),
    (r"\bCUDA\b.*\b(not|no|only|need\w*|requir\w+|unavailable)\b|\bis_cuda\b|\bfused.*(CUDA|GPU)", _CUDA),
    (
        r"\b(only|requires?)\b.*\b(CUDA|GPU)s?\b|not (been )?(implemented|supported) (on|for) (the )?cpu",
        _CUDA,
    ),
    (r"CUDA_HOME|\bnvcc\b|\bninja\b|C\+\+ compiler|\bg\+\+|compiler .*not found|JIT load", _COMPILED),
    (r"only bfloat ?16|bfloat16 only|must be (in )?bfloat16", _BFLOAT16),
    (r"initialize\b.*\bdistributed|process group", _GROUP),
    (r"^(ImportError|ModuleNotFoundError): .*\binstall", _PACKAGE),
    (r"__init__\(\) missing \d+ required", _ARGUMENTS),
    (r"^TypeError: (?!\w*\.?__init__)\w+\(\) (missing|got an unexpected)", _VERSION),
    (r"^AttributeError: module '[\w.]+' has no", _VERSION),
)
_UNKNOWN = "If it needs special arguments or a special way of stepping, no protocol covers that yet."


def reason(said: str) -> str:
    """A sentence on why the optimizer refused, and what to do."""
    return next((why for pattern, why in _REASONS if re.search(pattern, said, re.IGNORECASE)), _UNKNOWN)
