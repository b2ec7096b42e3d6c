"""The filters of system calls, run by a second reading of their language, for both kinds of processor.

Sources: the kernel's Documentation/networking/filter.rst and seccomp(2); numbers of asm/unistd.h, by hand.
"""

from __future__ import annotations

import errno

import pytest

from optreview.evidence.dynamic.box.calls import DENIED, FORKS, SIGNALS
from optreview.evidence.dynamic.box.seccomp import Instruction, against_processes, against_reaching_out

ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOWED = "allowed"
SIGCHLD, CLONE_VM, CLONE_THREAD, CLONE_NEWUSER = 17, 0x100, 0x10000, 0x10000000
# read, write, close, mmap, ioctl, exit_group, futex, wait4, prctl, getrandom
EVERYDAY = {
    "x86_64": (0, 1, 3, 9, 16, 231, 202, 61, 157, 318),
    "aarch64": (63, 64, 57, 222, 29, 94, 98, 260, 167, 278),
}
CLONE, CLONE3 = {"x86_64": 56, "aarch64": 220}, 435
SOCKET, PAIR = {"x86_64": 41, "aarch64": 198}, {"x86_64": 53, "aarch64": 199}
EXECVE, KILL = {"x86_64": 59, "aarch64": 221}, {"x86_64": 62, "aarch64": 129}


def answer(program: list[Instruction], number: int, *arguments: int, architecture: int) -> str:
    """What a filter says to a call."""
    words = {0: number, 4: architecture}
    for index, argument in enumerate((*arguments, 0, 0, 0, 0, 0, 0)[:6]):
        words[16 + 8 * index] = argument & 0xFFFFFFFF
    accumulator = at = 0
    for _ in program:
        code, if_true, if_false, operand = program[at]
        assert 0 <= if_true < 256
        at += 1
        if code == 0x06:
            kind, value = operand & 0xFFFF0000, operand & 0xFFFF
            assert kind in {0x7FFF0000, 0x00050000}
            return ALLOWED if kind == 0x7FFF0000 else errno.errorcode[value]
        if code == 0x20:
            accumulator = words[operand]
        elif code == 0x05:
            at += operand
        else:
            holds = {0x15: accumulator == operand, 0x35: accumulator >= operand, 0x45: accumulator & operand}
            at += if_true if holds[code] else if_false
    raise AssertionError("it does not end")


@pytest.fixture(params=sorted(ARCHITECTURE))
def machine(request: pytest.FixtureRequest) -> str:
    name = request.param
    assert isinstance(name, str)
    return name


def test_what_reaches_out_is_denied_and_nothing_else(machine: str) -> None:
    program = against_reaching_out(machine, local_sockets=False, signals=False)

    def said(number: int, *arguments: int) -> str:
        return answer(program, number, *arguments, architecture=ARCHITECTURE[machine])

    column = list(ARCHITECTURE).index(machine)
    numbers = {each[column] for each in DENIED.values()} - {None}
    found = {number for number in range(500) if said(number) == "EPERM"}
    assert found == {*numbers, SOCKET[machine]}
    assert EXECVE[machine] in found
    assert [said(number) for number in EVERYDAY[machine]] == [ALLOWED] * 10
    assert said(CLONE[machine], SIGCHLD) == said(CLONE[machine], CLONE_VM | CLONE_THREAD) == ALLOWED
    assert said(CLONE[machine], CLONE_NEWUSER | SIGCHLD) == "EPERM"
    assert said(CLONE3) == "ENOSYS"
    assert [said(PAIR[machine], 1, kind | 0o2000000) for kind in (1, 2, 3, 5)] == [ALLOWED, *["EPERM"] * 3]
    assert said(KILL[machine]) == ALLOWED


def test_local_sockets_and_signals(machine: str) -> None:
    program = against_reaching_out(machine, local_sockets=True, signals=True)
    column = list(ARCHITECTURE).index(machine)

    def said(number: int | None, *arguments: int) -> str:
        return answer(program, number or 0, *arguments, architecture=ARCHITECTURE[machine])

    assert [said(SOCKET[machine], family) for family in (1, 2, 10, 16)] == [ALLOWED, *["EPERM"] * 3]
    assert {said(each[column]) for each in SIGNALS.values()} == {"EPERM"}


def test_processes_are_denied_and_threads_are_not(machine: str) -> None:
    program = against_processes(machine)
    column = list(ARCHITECTURE).index(machine)

    def said(number: int, *arguments: int) -> str:
        return answer(program, number, *arguments, architecture=ARCHITECTURE[machine])

    assert said(CLONE[machine], SIGCHLD) == "EAGAIN"
    assert said(CLONE[machine], CLONE_VM | CLONE_THREAD) == ALLOWED
    assert said(CLONE3) == "ENOSYS"
    forks = [number for each in FORKS.values() if (number := each[column]) is not None]
    assert {number for number in range(500) if said(number) == "EAGAIN"} == {CLONE[machine], *forks}


def test_other_interfaces_do_not_exist(machine: str) -> None:
    for program in (
        against_processes(machine),
        against_reaching_out(machine, local_sockets=False, signals=False),
    ):
        assert answer(program, 11, architecture=0x40000003) == "ENOSYS"  # execve of i386
        if machine == "x86_64":
            x32 = answer(program, 0x40000000 | 520, architecture=ARCHITECTURE[machine])  # execve of x32
            assert x32 == "ENOSYS"
