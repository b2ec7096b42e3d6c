"""Packages that reviewed code needs and that are not installed, and how to get them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from typing import TYPE_CHECKING

from optreview.records import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.records import Target

#: Import names whose distribution has another name on PyPI, for when nothing installed can tell.
_DISTRIBUTIONS = {
    "PIL": "Pillow",
    "absl": "absl-py",
    "bitsandbytes": "bitsandbytes",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "flash_attn": "flash-attn",
    "google.protobuf": "protobuf",
    "hydra": "hydra-core",
    "lightning_fabric": "lightning-fabric",
    "pytorch_lightning": "pytorch-lightning",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "tensorboardX": "tensorboardX",
    "yaml": "PyYAML",
}
#: Packages that are not on PyPI under their own name: what to do instead of ``pip install NAME``.
_ELSEWHERE = {
    "apex": "install NVIDIA Apex from https://github.com/NVIDIA/apex",
    "fused_adam_cuda": "build the package's CUDA extension",
    "torch_xla": "install PyTorch/XLA for your accelerator",
}


def missing_package(error: BaseException, target: Target) -> Failure | None:
    """The failure to report when an exception comes down to a package that is not installed."""
    for each in _chain(error):
        if isinstance(each, ModuleNotFoundError) and each.name and _absent(each.name, target):
            return _install(each.name, target)
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    if isinstance(error, ImportError):
        yield error
        yield from _chain(error.__cause__ or error.__context__)


def _absent(module: str, target: Target) -> bool:
    top = module.partition(".")[0]
    if not target.lone and top == target.module.partition(".")[0]:
        return False
    try:
        return importlib.util.find_spec(top) is None
    except (ImportError, ValueError, AttributeError):
        return False


def _install(module: str, target: Target) -> Failure:
    top = "".join(filter(str.isprintable, module.partition(".")[0]))[:80]
    if top in _ELSEWHERE:
        return Failure(
            kind="missing-package",
            message=f"{target.module} needs {top}, which is not installed: {_ELSEWHERE[top]}.",
            missing_package=top,
        )
    distribution = _DISTRIBUTIONS.get(module) or _DISTRIBUTIONS.get(top) or _installed_name(top) or top
    distribution = distribution.replace("_", "-")
    return Failure(
        kind="missing-package",
        message=f"{target.module} needs {top}, which is not installed: pip install {distribution}",
        missing_package=distribution,
    )


def _installed_name(top: str) -> str | None:
    names = importlib.metadata.packages_distributions().get(top)
    return names[0] if names else None
