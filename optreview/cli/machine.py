"""The machine that optreview runs on as a hardware tier; torch is not imported to find out."""

from __future__ import annotations

import shutil
import subprocess

import psutil

from optreview.records import Tier

_GIB, _MIB_A_GIB = 1 << 30, 1024
#: Seconds that the driver's tool may take.
_PATIENCE = 10.0
#: From here on memory is not called tight, and batches of 16 are taken to fit; below, the batch of the tiers.
_ROOMY, _SMALL = 40.0, 16.0


def tier() -> Tier:
    """Its largest GPU, or its RAM where there is none that nvidia-smi tells of."""
    gpus = _gpus()
    if gpus:
        gib, name = max(gpus)
        return _tier(f"This machine ({name}, {gib:.1f} GiB)", gib, "cuda")
    gib = psutil.virtual_memory().total / _GIB
    return _tier(f"This machine ({gib:.1f} GiB RAM)", gib, "cpu")


def _tier(title: str, gib: float, device: str) -> Tier:
    batch = 16 if gib >= _ROOMY else 1 if gib <= _SMALL or device == "cpu" else 4
    return Tier(id="this", title=title, gib=round(gib, 2), device=device, batch=batch, tight=gib < _ROOMY)  # type: ignore[arg-type]


def _gpus() -> list[tuple[float, str]]:
    """Memory in GiB and name of every GPU."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    query = [program, "--query-gpu=memory.total,name", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(  # noqa: S603 - the driver's own tool, with nothing of the user's in it
            query, capture_output=True, text=True, timeout=_PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [found for line in done.stdout.splitlines() if (found := _gpu(line)) is not None]


def _gpu(line: str) -> tuple[float, str] | None:
    """``81559, NVIDIA H100 80GB HBM3``; a MIG device or a driver in trouble may say something else."""
    memory, separator, name = line.partition(",")
    if not separator or not memory.strip().isdigit():
        return None
    return int(memory) / _MIB_A_GIB, "".join(c for c in name.strip() if c.isprintable())[:60]
