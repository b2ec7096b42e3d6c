"""The machine that optreview runs on as a hardware tier; torch is not imported to find out."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from optreview.records import Tier

_GIB, _MIB_A_GIB = 1 << 30, 1024
#: Seconds that the driver's tool may take.
_PATIENCE = 10.0
#: From here on memory is not called tight, and batches of 16 are taken to fit; below, the batch of the tiers.
_ROOMY, _SMALL = 40.0, 16.0
#: What a container may use: the second version of control groups, and the first.
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
#: Which GPUs a program is shown, by number or by identity; empty or negative for none.
_SHOWN = "CUDA_VISIBLE_DEVICES"


def tier() -> Tier:
    """The largest GPU that programs are shown, or the RAM where nvidia-smi tells of none."""
    gpus = _gpus()
    if gpus:
        gib, name = max(gpus)
        return _tier(f"This machine ({name}, {gib:.1f} GiB)", gib, "cuda")
    gib = _ram() / _GIB
    return _tier(f"This machine ({gib:.1f} GiB RAM)", gib, "cpu")


def _tier(title: str, gib: float, device: str) -> Tier:
    batch = 16 if gib >= _ROOMY else 1 if gib <= _SMALL or device == "cpu" else 4
    return Tier(id="this", title=title, gib=round(gib, 2), device=device, batch=batch, tight=gib < _ROOMY)  # type: ignore[arg-type]


def _ram() -> int:
    """The machine's memory, or what a container's limit leaves of it."""
    limits = (_number(Path(each)) for each in _LIMITS)
    import psutil  # noqa: PLC0415 - few who review ask for this

    total: int = psutil.virtual_memory().total
    return min([total, *(each for each in limits if each)])


def _number(path: Path) -> int | None:
    """What a file of the kernel's holds; ``max``, or no file, is no limit."""
    try:
        text = path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if text.isdigit() else None


def _gpus() -> list[tuple[float, str]]:
    """Memory in GiB and name of every GPU that programs are shown."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    query = [program, "--query-gpu=index,uuid,mig.mode.current,memory.total,name"]
    try:
        done = subprocess.run(  # noqa: S603 - the driver's own tool, with nothing of the user's in it
            [*query, "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    found = (_gpu(line) for line in done.stdout.splitlines())
    return [each for each in found if each is not None]


def _gpu(line: str) -> tuple[float, str] | None:
    """``0, GPU-6a.., Disabled, 81559, NVIDIA H100 80GB HBM3``.

    A GPU that is cut into parts has less for each than it says, and one in trouble may say something else.
    """
    fields = [each.strip() for each in line.split(",", 4)]
    if len(fields) != 5 or not fields[3].isdigit() or fields[2] == "Enabled":
        return None
    index, identity, _, memory, name = fields
    if not _shown(index, identity):
        return None
    return int(memory) / _MIB_A_GIB, "".join(c for c in name if c.isprintable())[:60]


def _shown(index: str, identity: str) -> bool:
    """Whether the variable that CUDA reads leaves a GPU visible; without it, all are."""
    text = os.environ.get(_SHOWN)
    if text is None:
        return True
    wanted = [each.strip() for each in text.split(",")]
    return any(each == index or (len(each) > len("GPU-") and identity.startswith(each)) for each in wanted)
