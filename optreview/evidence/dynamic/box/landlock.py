"""Landlock: files that may be read and written, and nothing else; no TCP, no signals to the outside.

It needs no privileges and cannot be taken back. What a kernel does not know yet is left out, by the version
of its interface. Source: landlock(7).
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE, _IOCTL = 1 << 14, 1 << 15
#: How many of the rights to files each version knows: moving between folders, truncating, ioctl were added.
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_NEWEST_RIGHTS = 16
_TCP, _SCOPES = 0b11, 0b11

#: What a path is opened for.
LIST, READ, WRITE = _READ_DIR, _READ_FILE | _READ_DIR, (1 << _NEWEST_RIGHTS) - 1 & ~_EXECUTE
DEVICE = _READ_FILE | _READ_DIR | _WRITE_FILE | _TRUNCATE | _IOCTL
_OF_FILES = _READ_FILE | _WRITE_FILE | _TRUNCATE | _IOCTL
#: The versions from which it keeps from TCP, and from sending signals outside.
TCP, SIGNALS = 4, 6


class _Attributes(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("descriptor", ctypes.c_int32))


def confine(allowed: Iterable[tuple[Path, int]]) -> int:
    """From now on this process and its children reach the given paths, each for what it is opened for.

    Paths that there are not are passed over. ``no_new_privs`` has to be set.

    Returns:
        The version of the interface, which says what else is denied.

    Raises:
        OSError: The kernel has no Landlock, or refuses it.
    """
    version = _version()
    handled = (1 << _RIGHTS.get(version, _NEWEST_RIGHTS)) - 1
    attributes = _Attributes(handled, _TCP if version >= TCP else 0, _SCOPES if version >= SIGNALS else 0)
    size = 24 if version >= SIGNALS else 16 if version >= TCP else 8
    ruleset = _call(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), 0)
    try:
        for path, rights in allowed:
            _allow(ruleset, path, rights & handled)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _version() -> int:
    if sys.platform != "linux":
        raise OSError(0, "only on Linux")
    try:
        return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    except OSError as error:
        raise OSError(error.errno, "no Landlock here") from error


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _OF_FILES
        if rights:
            beneath = _Beneath(rights, descriptor)
            _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(beneath), 0)
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    result: int = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
