"""Which files a boxed run reaches: Python, its packages and the target to read, a temporary folder to write.

Everything else is out of reach, the home folder above all, but for what of it is one of these.
"""

from __future__ import annotations

import importlib.machinery
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from optreview.evidence.dynamic.box import landlock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.records import Target

_Rule = tuple[Path, int]

#: Libraries and what they read by themselves: where libraries are, who the user is, which time and language.
_SYSTEM = (
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/gnu/store",
    "/home/linuxbrew/.linuxbrew",
    "/proc",
    "/sys/devices/system",
    "/sys/fs/cgroup",
    "/sys/kernel/mm/transparent_hugepage",
    "/etc/crypto-policies",
    "/etc/group",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/locale.alias",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/openssl.cnf",
    "/etc/protocols",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/timezone",
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
#: Only where it is an own one: others could be written to.
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108
#: What the driver of an accelerator reads, and its devices.
_ACCELERATED = ("/sys", "/etc/OpenCL", "/opt/rocm")
_ACCELERATORS = ("nvidia*", "dri", "kfd")
_IMPORTABLE = tuple(importlib.machinery.all_suffixes())


def everyone(home: Path, device: str) -> tuple[_Rule, ...]:
    """What every run needs here; the same for all, so asked once."""
    rules: list[_Rule] = [file(Path(name)) for name in _SYSTEM]
    rules += [(Path(name), landlock.DEVICE) for name in _DEVICES]
    if device != "cpu":
        rules += [file(Path(name)) for name in _ACCELERATED]
        rules += [(path, landlock.DEVICE) for pattern in _ACCELERATORS for path in Path("/dev").glob(pattern)]
    for folder in dict.fromkeys(_folders()):
        rules += beneath(folder, home)
    return tuple(rules)


def target(reviewed: Target, home: Path) -> list[_Rule]:
    """What the reviewed class may import: its file, its package, and what lies beside them."""
    path, root = Path(reviewed.path), Path(reviewed.root)
    rules = [file(path), *beneath(path.parent, home)]
    if not reviewed.lone:
        rules += [file(root / reviewed.module.partition(".")[0]), *beneath(root, home)]
    for folder in reviewed.search_path:
        rules += beneath(Path(folder), home)
    return rules


def file(path: Path) -> _Rule:
    """A file to read, or a folder with everything in it."""
    return path, landlock.READ


def temporary(folder: Path) -> list[_Rule]:
    """Where anything may be done."""
    return [(folder, landlock.WRITE)]


def beneath(folder: Path, home: Path) -> Iterator[_Rule]:
    """A folder with everything in it; of one that holds the home folder only what Python would import.

    Names can be listed there, because importing lists them, and a right holds for what lies below as well.
    """
    if not home.is_relative_to(folder.resolve()):
        yield folder, landlock.READ
        return
    yield folder, landlock.LIST
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.name.endswith(_IMPORTABLE) or (entry / "__init__.py").is_file():
            yield entry, landlock.READ


def _folders() -> Iterator[Path]:
    """Python's own folders, those it imports from, and those of libraries."""
    prefixes = (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix)
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    for folder in (*prefixes, *sys.path, *libraries, os.environ.get("CUDA_HOME", "")):
        if folder:
            yield Path(folder)
    for folder in sys.path:
        for file in Path(folder).glob("*.dist-info/direct_url.json") if Path(folder).is_dir() else ():
            yield from _editable(file)


def _editable(file: Path) -> Iterator[Path]:
    """The folder that a package is installed from where it can be edited (PEP 610)."""
    try:
        told = json.loads(file.read_bytes())
        if told["dir_info"]["editable"]:
            yield Path(unquote(urlsplit(told["url"]).path))
    except (OSError, ValueError, KeyError, TypeError):
        return
