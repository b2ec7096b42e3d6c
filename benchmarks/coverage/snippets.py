"""Do the printed recipes run as printed, and move the weights? Outside of the box: packages that one trusts.

As a program it reads a JSON list of snippets, runs each in a fork, and prints a line for each: nothing, or
what went wrong.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: Seconds for one snippet.
PATIENCE = 120


def kept(keep: Path | None, lines: Mapping[str, str]) -> dict[str, str]:
    """What was kept of these very lines."""
    found = {}
    for name, text in lines.items():
        path = _path(keep, name)
        if path is not None and path.exists():
            told = json.loads(path.read_text(encoding="utf-8"))
            if told["lines"] == text:
                found[name] = str(told["said"])
    return found


def store(keep: Path | None, lines: Mapping[str, str], said: Mapping[str, str]) -> None:
    """Keep it for the next time."""
    for name, text in lines.items():
        path = _path(keep, name)
        if path is not None:
            path.write_text(json.dumps({"lines": text, "said": said[name]}), encoding="utf-8")


def _path(keep: Path | None, name: str) -> Path | None:
    return None if keep is None else keep / f"{name.replace(':', '.')}.snippet"


def run(snippets: Sequence[str], folders: Sequence[Path]) -> list[str]:
    """What went wrong with each; the empty string where nothing did."""
    if not snippets:
        return []
    with TemporaryDirectory() as folder:  # some write files where they are run
        done = subprocess.run(
            [sys.executable, "-W", "ignore", os.path.realpath(__file__)],
            input=json.dumps(list(snippets)),
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([*(str(each.resolve()) for each in folders), *sys.path]),
            },
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return [str(each) for each in json.loads(done.stdout)]


def _execute(snippet: str) -> str:
    import torch  # noqa: PLC0415 - only the program needs it

    made: list[tuple[Any, list[torch.Tensor]]] = []

    class Model(torch.nn.Sequential):
        def __init__(self, *layers: torch.nn.Module) -> None:
            super().__init__(*layers)
            made.append((self, [p.detach().clone() for p in self.parameters()]))

    torch.compiler.set_stance("force_eager")  # compiling takes minutes, and is torch's own work
    torch.manual_seed(0)
    torch.nn.Sequential = Model  # type: ignore[assignment, misc]
    try:
        exec(snippet, {})  # noqa: S102
    except BaseException as error:  # noqa: BLE001 - the snippet runs a stranger's code
        return f"{type(error).__name__}: {error}"
    model, before = made[0]
    moved = any(not torch.equal(p, b) for p, b in zip(model.parameters(), before, strict=True))
    return "" if moved else "no weight has moved"


def _import(snippet: str) -> None:
    """Import the snippet's module here, once for all classes of a package."""
    module = next((line.split()[1] for line in snippet.splitlines() if line.startswith("from ")), "torch")
    with suppress(BaseException):  # the fork will say so
        importlib.import_module(module)


def _in_fork(snippet: str) -> str:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        os.write(writing, _execute(snippet).encode()[:1000])
        os._exit(0)
    os.close(writing)
    ready, _, _ = select.select([reading], [], [], PATIENCE)
    said = os.read(reading, 1000).decode() if ready else f"not done within {PATIENCE} s"
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(reading)
    crashed = os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0
    return said or ("the process ended" if crashed else "")


def main() -> None:
    """Import torch once, then fork."""
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)
    out = os.dup(1)
    os.dup2(2, 1)  # whatever packages print is no answer
    said = []
    for snippet in json.loads(sys.stdin.read()):
        _import(snippet)
        said.append(_in_fork(snippet))
    os.write(out, json.dumps(said).encode())


if __name__ == "__main__":
    main()
