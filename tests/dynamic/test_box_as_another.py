"""The box under another user's rights: what root's tests show has to hold for somebody without them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

USER = 54321
#: Python and this checkout where everybody can read them, seen by this process alone; then pytest as another.
AS_ANOTHER = """
import os, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from optreview.evidence.dynamic.box import namespaces
folder = Path({folder!r})
try:
    namespaces.leave(namespaces.MOUNTS)
    namespaces._mount("none", Path("/"), None, namespaces._RECURSIVE | namespaces._PRIVATE)
    for name, source in {sources!r}.items():
        namespaces._mount(source, folder / name, None, 4096 | namespaces._RECURSIVE)
    os.setgroups([])
    os.setresgid({user}, {user}, {user})
    os.setresuid({user}, {user}, {user})
except OSError as error:
    sys.exit(77)
os.chdir(folder / "home")
path = os.pathsep.join([str(folder / "root"), str(folder / "packages")])
os.environ.update(HOME=os.getcwd(), PYTHONPATH=path)
python = str(folder / "python" / "bin" / Path(sys.executable).resolve().name)
tests = [str(folder / "root" / "tests" / "dynamic" / name) for name in ("test_box.py", "test_hostile.py")]
options = ["-q", "-p", "no:cacheprovider", "--basetemp", "t", "-k", {chosen!r}]
os.execv(python, [python, "-m", "pytest", *options, *tests])
"""
CHOSEN = (
    "nothing_but",
    "in_the_home_folder",
    "refused and (os_exit or segfault or fork)",
)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can become somebody else")
def test_all_of_it_holds_for_somebody_else() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        root, packages = Path(__file__).parents[2], Path(pytest.__file__).parents[1]
        sources = {"python": sys.base_prefix, "root": str(root), "packages": str(packages)}
        for each in (*sources, "home"):
            (folder / each).mkdir()
        os.chown(folder / "home", USER, USER)
        script = AS_ANOTHER.format(
            root=str(root), folder=name, sources=sources, user=USER, chosen=" or ".join(CHOSEN)
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    if done.returncode == 77:
        pytest.skip("no mounts of its own here")
    assert done.returncode == 0, done.stdout
    assert re.search(r"\b7 passed", done.stdout), done.stdout
