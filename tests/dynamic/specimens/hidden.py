"""Optimizers that keep known amounts of memory where neither ``state`` nor an attribute plainly shows it."""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.dynamic.specimens.descent import Base
else:
    from descent import Base  # beside this file, where a run finds it

#: Made by the import: nobody's state.
TABLE = torch.zeros(123)
CACHE: dict[str, Tensor] = {}
BUFFER: Tensor | None = None


class Import(Base):
    """Only what the import made."""


class Closure(Base):
    """A closure on the optimizer, around a list with another closure in it."""

    def start(self) -> None:
        inner = torch.zeros(50)

        def innermost() -> Tensor:
            return inner

        buffers = [torch.zeros(100), innermost]
        self.hook = lambda: buffers


class DefaultArgument(Base):
    """A default value of a function."""

    def start(self) -> None:
        def smooth(x: Tensor, kernel: Tensor = torch.zeros(60)) -> Tensor:  # noqa: B008
            return x + kernel

        self.smooth = smooth


class Partial(Base):
    """An argument that a partial function has been given."""

    def start(self) -> None:
        self.scale = functools.partial(torch.add, torch.zeros(70))


class ModuleDictionary(Base):
    """A dictionary of the module, by name."""

    def start(self) -> None:
        CACHE["kernel"] = torch.zeros(300)


class ModuleGlobal(Base):
    """A variable of the module."""

    def start(self) -> None:
        global BUFFER  # noqa: PLW0603
        BUFFER = torch.zeros(400)


class ClassAttribute(Base):
    """A variable of the class."""

    shared: Tensor

    def start(self) -> None:
        ClassAttribute.shared = torch.zeros(80)


@functools.lru_cache(maxsize=4)
def window(size: int) -> Tensor:
    return torch.zeros(size)


@functools.cache
def table(size: int) -> dict[str, Tensor]:
    return {"rows": torch.zeros(size)}


class LeastRecent(Base):
    """A cached function: four results are kept, whatever it is called with."""

    def start(self) -> None:
        for size in range(10, 20):
            window(size)


class Cached(Base):
    """A cached function without a limit; its result is a dictionary."""

    def start(self) -> None:
        table(90)


class Method(Base):
    """A cached method."""

    @functools.lru_cache(maxsize=8)  # noqa: B019
    def kernel(self, size: int) -> Tensor:
        return torch.zeros(size)

    def start(self) -> None:
        self.kernel(33)


class Generator(Base):
    """The local variable of a generator that goes on in every step."""

    def schedule(self) -> Iterator[int]:
        total = torch.zeros(110)
        while True:
            total += 1
            yield 1

    def start(self) -> None:
        self.ticks = self.schedule()

    def keep(self, p: Tensor) -> None:
        next(self.ticks)


class Iterating(Base):
    """What an iterator has yet to yield."""

    def start(self) -> None:
        self.rates = itertools.cycle([torch.zeros(30), torch.zeros(40)])
        next(self.rates)


class Helper:
    """An object with a private slot and an ordinary attribute in a base."""

    __slots__ = ("__buffer", "name")

    def __init__(self) -> None:
        self.name = "helper"
        self.__buffer = torch.zeros(120)


class HelperObject(Base):
    """A helper object in a list on the optimizer."""

    def start(self) -> None:
        self.helpers = [Helper()]


class WeakKeys(Base):
    """A dictionary beside the state, by weak reference to the parameter."""

    def start(self) -> None:
        self.momenta: Any = WeakTensorKeyDictionary()

    def keep(self, p: Tensor) -> None:
        if p not in self.momenta:
            self.momenta[p] = torch.zeros_like(p)


class Hook(Base):
    """A hook on the gradient's accumulation, around a buffer."""

    def start(self) -> None:
        seen = torch.zeros(130)

        def count(_: Tensor) -> None:
            seen.add_(1)

        self.all_parameters[0].register_post_accumulate_grad_hook(count)


class Attributed(Base):
    """An attribute of a state tensor."""

    def keep(self, p: Tensor) -> None:
        if not self.state[p]:
            self.state[p]["mean"] = torch.zeros(2)
            self.state[p]["mean"].scale = torch.zeros(3)


class Storage(Base):
    """Memory held as a storage, without a tensor."""

    def start(self) -> None:
        self.memory = torch.zeros(140).untyped_storage()


class Coordinates(Base):
    """Sparse tensors: two indices of eight bytes and a value of four for each of ten entries."""

    def keep(self, p: Tensor) -> None:
        if not self.state[p]:
            at = torch.arange(10).repeat(2, 1)
            self.state[p]["sparse"] = torch.sparse_coo_tensor(at, torch.ones(10), (10, 10))


class Rows(Base):
    """Compressed rows: eleven pointers and ten columns of eight bytes, ten values of four."""

    def keep(self, p: Tensor) -> None:
        if not self.state[p]:
            pointers, columns = torch.arange(11), torch.arange(10)
            self.state[p]["rows"] = torch.sparse_csr_tensor(pointers, columns, torch.ones(10), (10, 10))


class Quantised(Tensor):
    """A wrapper: bytes inside, floats outside, and torch is not told how to take it apart."""

    codes: Tensor
    scale: Tensor

    @staticmethod
    def __new__(cls, codes: Tensor, scale: Tensor) -> Quantised:
        made: Quantised = torch.Tensor._make_wrapper_subclass(cls, codes.shape, dtype=torch.float32)
        made.codes, made.scale = codes, scale
        return made

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        plain = [each.codes * each.scale if isinstance(each, Quantised) else each for each in args]
        return func(*plain, **(kwargs or {}))


class Wrapped(Base):
    """A byte an element and a scale a tensor."""

    def keep(self, p: Tensor) -> None:
        if not self.state[p]:
            codes = torch.zeros_like(p, dtype=torch.int8)
            self.state[p]["moment"] = Quantised(codes, torch.ones(1))
        p.add_(self.state[p]["moment"])


class Graph(Base):
    """One element, and the graph that made it, with the result that ``exp`` has saved."""

    def keep(self, p: Tensor) -> None:
        with torch.enable_grad():
            self.state[p]["norm"] = p.exp().sum()


class RetainedGradient(Base):
    """A copy of every parameter, with a gradient of its own."""

    def start(self) -> None:
        self.copies = [p.detach().clone().requires_grad_() for p in self.all_parameters]
        for copy in self.copies:
            copy.grad = torch.zeros_like(copy)


class Many(Base):
    """In a deque, in a defaultdict, in a tuple in a set."""

    def start(self) -> None:
        self.history: deque[Tensor] = deque([torch.zeros(5)] * 3, maxlen=3)
        self.by_name: Any = defaultdict(list)
        self.by_name["a"].append(torch.zeros(6))
        self.pairs = {(1, torch.zeros(7))}


class Guarded(dict[str, Tensor]):
    """A dictionary that does not like to be looked at."""

    def items(self) -> Any:
        raise RuntimeError("not for you")


class Raising(Base):
    """What can be looked at, between things that cannot."""

    def start(self) -> None:
        self.before = Guarded(a=torch.zeros(10))
        self.open = {"b": torch.zeros(20)}


class Unreachable(Base):
    """Kept where nothing of the package leads: the last resort."""

    def start(self) -> None:
        import sys  # noqa: PLC0415

        sys.modules["tests_hidden_elsewhere"] = [torch.zeros(150)]  # type: ignore[assignment]
