"""Which classes are optimizers, which are passed over and why, and every kind of broken source."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from optreview.errors import InputError
from optreview.evidence.static import discover, read
from optreview.targets import resolve

Writer = Callable[..., Path]

PLAIN = """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"])
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Writer:
    monkeypatch.chdir(tmp_path)

    def write(**files: str | bytes) -> Path:
        for name, text in files.items():
            path = tmp_path / ((name if "/" in name else name.replace("__", "/")) + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path

    return write


def names(spec: str) -> list[str | None]:
    return [candidate.target.class_name for candidate in discover(resolve(spec)).found]


def skipped(spec: str) -> dict[str, str]:
    return {entry.class_name: entry.reason for entry in discover(resolve(spec)).skipped}


def refusal(spec: str) -> str:
    with pytest.raises(InputError) as error:
        discover(resolve(spec))
    assert "\n" not in str(error.value)
    return str(error.value)


def test_bases_are_followed_through_the_package(here: Writer) -> None:
    root = here(
        zoo__base="from torch.optim import Optimizer as Root\n"
        "class Base(Root):\n    def step(self): raise NotImplementedError\n",
        zoo__api="from .base import *\n",
        zoo__lion="from zoo.api import Base\nclass Lion(Base):\n    def step(self, closure=None): pass\n",
        zoo__other="class Helper: pass\n",
    )
    (root / "zoo" / "__init__.py").write_text("from .lion import Lion\nfrom .lion import Lion as Alias\n")
    assert names("zoo") == ["Lion"]
    assert skipped("zoo") == {"Base": "abstract: `step` only raises NotImplementedError"}
    (candidate,) = discover(resolve("zoo:Lion")).found
    assert candidate.target.module == "zoo.lion"
    assert candidate.location.file == "zoo/lion.py"


def test_a_class_is_found_anywhere_in_its_package(here: Writer) -> None:
    root = here(zoo__deep__lion=PLAIN.replace("Plain", "Lion"))
    (root / "zoo" / "__init__.py").write_text("")
    (root / "zoo" / "deep" / "__init__.py").write_text("")
    (candidate,) = discover(resolve("zoo:Lion")).found
    assert candidate.target.module == "zoo.deep.lion"
    assert "Did you mean `Lion`?" in refusal("zoo:Lyon")
    (root / "zoo" / "twin.py").write_text(PLAIN.replace("Plain", "Lion"))
    said = refusal("zoo:Lion")
    assert "`zoo.deep.lion:Lion`" in said
    assert "`zoo.twin:Lion`" in said


def test_a_class_that_a_package_passes_on_is_found_where_it_is_defined(here: Writer) -> None:
    here(
        **{
            "front/__init__": "from behind import Plain, Other\nfrom no import Gone\nfrom turn import Round",
            "behind/__init__": "from behind.rule import Plain\nclass Other: pass\n",
            "behind/rule": PLAIN,
            "turn/__init__": "from front import Round\n",
        }
    )
    (found,) = discover(resolve("front:Plain")).found
    assert (found.target.module, found.target.package) == ("behind.rule", "behind")
    assert found.location.file == "behind/rule.py"
    assert "behind" in refusal("front:Other")
    assert refusal("front:Gone").startswith("`Gone` of front/__init__.py is imported from `no`")
    assert "has no class `Round`" in refusal("front:Round")


def test_abstract_bases_say_which_methods_are_missing(here: Writer) -> None:
    here(
        a=PLAIN.replace("class Plain", "from abc import abstractmethod\nclass Plain")
        + "\n    @abstractmethod\n    def init_group(self): ...\n"
        + "\nclass Real(Plain):\n    def init_group(self): pass\n"
    )
    assert names("a.py") == ["Real"]
    assert skipped("a.py")["Plain"] == "abstract base: has abstract method `init_group`"


def test_a_step_in_the_backward_pass_is_told_from_an_abstract_one(here: Writer) -> None:
    here(
        a=PLAIN + "\nclass Fused(Plain):\n"
        "    def step(self, closure=None): raise NotImplementedError\n"
        "    def fused_backward(self, loss, lr): loss.backward()\n"
    )
    assert "`fused_backward`" in skipped("a.py")["Fused"]
    assert "abstract" not in skipped("a.py")["Fused"]


def test_a_class_that_must_be_given_defaults_is_a_base(here: Writer) -> None:
    here(
        a="from torch.optim import Optimizer\n"
        "class Base(Optimizer):\n"
        "    def __init__(self, params, defaults): super().__init__(params, defaults)\n"
        "    def step(self, closure=None): pass\n"
        "class Heir(Base): pass\n"
        "class Real(Base):\n    def __init__(self, params, lr=0.1): super().__init__(params, {'lr': lr})\n"
        "class Ready(Base):\n    def __init__(self, params, defaults=None): super().__init__(params, {})\n"
    )
    assert names("a.py") == ["Real", "Ready"]
    reason = "abstract base: its constructor takes the `defaults` of a subclass"
    assert skipped("a.py") == {"Base": reason, "Heir": reason}


def test_a_lone_file_with_an_unknown_base_is_recognised_by_name(here: Writer) -> None:
    here(a="from elsewhere import FancyOptimizer\nclass Mine(FancyOptimizer):\n    def step(self): pass\n")
    (candidate,) = discover(resolve("a.py")).found
    evidence = read(candidate)
    assert not evidence.complete
    assert evidence.limits == ("The base class `FancyOptimizer` from `elsewhere` was not read.",)


def test_other_classes_are_not_optimizers(here: Writer) -> None:
    here(
        a=PLAIN + "\nclass Model(torch.nn.Module):\n    def step(self): pass\n\nclass Optimizer:\n    pass\n"
    )
    assert names("a.py") == ["Plain"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f(:\n    pass\n", "line 1, column 7: syntax error"),
        ("class A:\n    pass\n", "only `A`"),
        ("x = 1\n", "defines no class"),
        (b"x = '\xff\xfe'\n", "not UTF-8"),
        (b"x = 1\0\n", "null bytes"),
        ("from torch.optim import Optimizer\nclass A(Optimizer):\n    pass\n", "it has no `step`"),
    ],
)
def test_broken_or_empty_sources_get_one_clear_sentence(here: Writer, source: str | bytes, said: str) -> None:
    here(a=source)
    assert said in refusal("a.py")


def test_an_unknown_class_suggests_the_nearest(here: Writer) -> None:
    here(a=PLAIN)
    assert "Did you mean `Plain`?" in refusal("a.py:Plan")
    assert "torch.optim.Optimizer" in refusal("torch.optim:Optimizer")


def test_a_broken_file_of_a_folder_is_passed_over(here: Writer) -> None:
    here(all__good=PLAIN, all__bad="class (:\n")
    found = discover(resolve("all"))
    assert [candidate.target.class_name for candidate in found.found] == ["Plain"]
    assert [entry.class_name for entry in found.skipped] == [""]
    assert "bad.py, line 1" in found.skipped[0].reason


@pytest.mark.parametrize(
    "body",
    [
        "        return self.step(closure)\n",
        "        f = lambda: f()\n        return f()\n",
        "        x = " + "(" * 60 + "1" + ")" * 60 + "\n",
        "        x = " + "+".join(["1"] * 700) + "\n",
        "".join(f"{'    ' * depth}if closure:\n" for depth in range(2, 60)) + "    " * 60 + "pass\n",
        "        exec('self.x = 1')\n        while True:\n            pass\n",
        "        for a in self:\n            for b in a:\n                self.step()\n",
        "        match closure:\n            case None: pass\n            case _: yield 1\n",
        "        try:\n            pass\n        except* ValueError:\n            raise\n",
    ],
)
def test_odd_sources_end_and_never_crash(here: Writer, body: str) -> None:
    here(a=f"import torch\nclass Odd(torch.optim.Optimizer):\n    def step(self, closure=None):\n{body}")
    (candidate,) = discover(resolve("a.py")).found
    evidence = read(candidate)
    assert evidence.subject.class_name == "Odd"
    assert evidence.complete or evidence.limits


def test_circular_imports_and_bases_end(here: Writer) -> None:
    root = here(
        zoo__a="from zoo.b import *\nclass A(B): pass\n", zoo__b="from zoo.a import *\nclass B(A): pass\n"
    )
    (root / "zoo" / "__init__.py").write_text("")
    assert "no optimizer class" in refusal("zoo")


def test_torch_is_never_imported(here: Writer) -> None:
    here(a=PLAIN)
    code = (
        "import sys; from optreview.evidence.static import discover, read\n"
        "from optreview.targets import resolve\n"
        "read(discover(resolve('a.py')).found[0]); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
