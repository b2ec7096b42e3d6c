"""Sources of files that do their worst, by name; each is written to a folder of its own."""

from __future__ import annotations

from textwrap import dedent

_CLASS = """
    import torch

    class Hostile(torch.optim.Optimizer):
        def __init__(self, params, lr=1e-3):
            super().__init__(params, {"lr": lr})

        @torch.no_grad()
        def step(self, closure=None):
            self.misbehave()
            for p in self.param_groups[0]["params"]:
                p.sub_(p.grad, alpha=1e-3)

        def misbehave(self):
            pass
"""


def on_import(body: str) -> str:
    """A file that misbehaves before there is a class."""
    return dedent(body) + dedent(_CLASS)


def on_step(body: str) -> str:
    """A file whose optimizer misbehaves in every step."""
    method = "\n".join(f"        {line}" for line in dedent(body).strip().splitlines())
    return dedent(_CLASS).replace("        pass\n", method + "\n")


#: Name: source, the kind of failure it must become, and words of the sentence.
REFUSED = {
    "raises": (
        on_import("raise RuntimeError('no \\x1b[31mway\\nsecond line')"),
        "import-failed",
        "no  [31mway",
    ),
    "exits": (on_import("import sys; sys.exit(3)"), "exit-on-import", "sys.exit()"),
    "os_exit": (
        on_import("import os; os._exit(0)"),
        "import-crash",
        "with status 0 while importing",
    ),
    "needs_package": (
        on_import("import skimage.io"),
        "missing-package",
        "pip install scikit-image",
    ),
    "loops_on_import": (
        on_import("while True: pass"),
        "import-timeout",
        "did not finish importing within 4 s",
    ),
    "loops_in_step": (on_step("while True: pass"), "timeout", "did not finish running in float32 within 4 s"),
    "os_exit_in_step": (on_step("import os; os._exit(0)"), "crash", "with status 0"),
    "segfault": (
        on_step("import ctypes; ctypes.string_at(1)"),
        "crash",
        "SIGSEGV while running in float32",
    ),
    "abort": (on_step("import os; os.abort()"), "crash", "crashed with SIG"),
    "memory_bomb": (on_step("self.hoard = bytearray(1 << 33)"), "memory-limit", "3 GiB"),
    "tensor_bomb": (on_step("self.hoard = torch.zeros(1 << 40)"), "memory-limit", "3 GiB"),
    "recursion": (on_step("def deeper(): deeper()\ndeeper()"), "not-driven", "RecursionError"),
    "stack_overflow": (
        on_step(
            """
            import sys
            sys.setrecursionlimit(10 ** 9)
            class Deep:
                def __getattr__(self, name):
                    return getattr(self, name + "x" if len(name) < 3 else name)
            str(Deep().y)
            """
        ),
        "crash",
        "crashed with SIG",
    ),
    "junk_on_every_descriptor": (
        on_import(
            """
            import os
            for descriptor in range(3, 256):
                try:
                    os.write(descriptor, b"\\x00\\x00\\x00\\x05junk!" * 100)
                except OSError:
                    pass
            """
        ),
        "forged-reply",
        "malformed",
    ),
    "huge_frame": (
        on_import(
            """
            import os
            for descriptor in range(3, 256):
                try:
                    os.write(descriptor, b"\\xff\\xff\\xff\\xff")
                except OSError:
                    pass
            """
        ),
        "forged-reply",
        "malformed",
    ),
    "fork_bomb": (
        on_import(
            """
            import os, time
            while True:
                if os.fork() == 0:
                    os.setsid()
                time.sleep(0.02)
            """
        ),
        "process-limit",
        "more processes than the box allows",
    ),
    "forks_in_step": (
        on_step("import os, time\nif os.fork() == 0: time.sleep(60)"),
        "process-limit",
        "started another program or process",
    ),
    "starts_programs": (
        on_step("import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''], check=True)"),
        "process-limit",
        "started another program or process",
    ),
    "kills_its_parent": (
        on_import(
            """
            import os, signal, time
            os.kill(os.getppid(), signal.SIGKILL) if os.getppid() > 1 else os._exit(1)
            time.sleep(60)
            """
        ),
        "import-crash",
        "importing",
    ),
    "stops_itself": (
        on_step("import os; os.kill(os.getpid(), 19)"),
        "timeout",
        "within 4 s",
    ),
    "strange_error": (
        on_import(
            """
            class Odd(BaseException):
                def __str__(self):
                    raise SystemExit(1)
            raise Odd
            """
        ),
        "import-failed",
        "Odd",
    ),
}

#: Those of them that a limit alone would not refuse.
SEALED = {"forks_in_step", "starts_programs"}

#: No process takes much, and all together do.
MANY_HOARDS = on_import(
    """
    import os, time
    for _ in range(15):
        if os.fork() == 0:
            break
    hoard = bytearray(300 << 20)
    for at in range(0, len(hoard), 4096):
        hoard[at] = 1
    time.sleep(600)
    """
)

#: Files that misbehave and can be measured all the same.
BORNE = {
    "shouts": on_import("import sys\nprint('x' * (100 << 20))\nsys.stderr.write('y' * (100 << 20))"),
    "closes_streams": on_import("import os, sys\nsys.stdout.close()\nfor d in (0, 1, 2): os.close(d)"),
    "leaves_a_daemon": on_import(
        """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
        """
    ),
    "leaves_a_thread": on_import(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()"
    ),
    "shadows_the_library": on_import("RANDOM = 4"),
}
