"""The files of a review, parsed when first needed, and what each name in them stands for."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.source.classes import TORCH_OPTIMIZERS
from optreview.evidence.static.source.library import Library
from optreview.evidence.static.source.modules import (
    ClassRef,
    ConstantRef,
    Definition,
    External,
    FunctionRef,
    Import,
    Module,
)
from optreview.evidence.static.source.parsing import UnreadableError

if TYPE_CHECKING:
    from optreview.records import Target

#: No module lies in more packages than this; a longer chain of names is code.
_DEEPEST = 20
#: Re-exports are followed this far; a chain longer than this is a circle.
_HOPS = 12
#: Modelled by tables, never read: their sources are large and say nothing about an optimizer.
_TABLES = ("torch.",)
_READ_ANYWAY = "torch.optim"


class Index:
    """Finds the modules of one package (or of one folder of loose files), and notes which were needed."""

    def __init__(
        self,
        root: str,
        search_path: tuple[str, ...],
        package: str,
        *,
        lone: bool,
        library: Library | None = None,
    ) -> None:
        self._library = library or Library()
        self.roots = (Path(root), *(Path(entry) for entry in search_path))
        self._package = package
        self._anything = lone and not any(
            root.name in {"site-packages", "dist-packages"} for root in self.roots
        )
        self._search = bool(search_path)
        self._modules: dict[str, Module | None] = {}
        self.unreadable: list[str] = []
        #: Classes with their ancestors in order, as far as they were worked out.
        self.orders: dict[ClassRef | External, tuple[ClassRef | External, ...]] = {}
        #: Star imports that were not read, with the names that may come from them.
        self.starred: dict[str, dict[str, None]] = {}

    @classmethod
    def of(cls, target: Target, library: Library) -> Index:
        """The index for a target's root, over files that the library parses."""
        return cls(target.root, target.search_path, target.package, lone=target.lone, library=library)

    @property
    def modules(self) -> tuple[Module, ...]:
        """Every module read so far, in the order of reading."""
        return tuple(module for module in self._modules.values() if module is not None)

    def path(self, file: str) -> Path | None:
        """The file on disk behind the relative path that records name."""
        return next((root / file for root in self.roots if (root / file).is_file()), None)

    def open(self, name: str, path: Path) -> Module:
        """Parse a file as the module ``name``.

        Raises:
            UnreadableError: The file is no readable Python source.
        """
        known = self._modules.get(name)
        if known is not None:
            return known
        module = self._library.open(name, path, self._shown(path))
        self._modules[name] = module
        return module

    def load(self, name: str) -> Module | None:
        """The module of that dotted name when it belongs to the reviewed package, else None."""
        if name in self._modules:
            return self._modules[name]
        self._modules[name] = None
        path = self._find(name) if self._readable(name) else None
        if path is None:
            return None
        del self._modules[name]
        try:
            return self.open(name, path)
        except UnreadableError as error:
            self._modules[name] = None
            self.unreadable.append(error.sentence)
            return None

    def resolve(self, module: Module, name: str, hops: int = _HOPS) -> Definition | None:
        """What a plain name means at the top level of a module, through imports and re-exports."""
        if name in module.classes:
            found = ClassRef(module, module.classes[name])
            return External("torch.optim.Optimizer") if is_torch_optimizer(found) else found
        if name in module.functions:
            return FunctionRef(module, module.functions[name])
        if name in module.imports:
            return self._imported(module.imports[name], hops)
        if name in module.constants:
            return ConstantRef(module, module.constants[name])
        return self._starred(module, name, hops) if module.stars and hops > 0 else None

    def _starred(self, module: Module, name: str, hops: int) -> Definition | None:
        """What a name means that a star import may bring."""
        missing = []
        for star in module.stars:
            source = self.load(star)
            found = self.resolve(source, name, hops - 1) if source and source is not module else None
            if found is None and star in _STARS_OF_TORCH and name in _STARS_OF_TORCH[star]:
                found = External(f"torch.optim.{name}")
            if found is not None:
                return found
            if source is None:
                missing.append(star)
        if not hasattr(builtins, name):
            for star in missing:
                self.starred.setdefault(star, {}).setdefault(name)
        return None

    def attribute(self, owner: Definition | None, name: str, hops: int = _HOPS) -> Definition | None:
        """What ``owner.name`` means, for an owner that is a module or lies outside the package."""
        if isinstance(owner, External):
            return self._imported(Import(owner.name, name), hops)
        if isinstance(owner, Module):
            found = self.resolve(owner, name, hops - 1)
            return found or self.load(f"{owner.name}.{name}")
        return None

    def dotted(self, module: Module, node: cst.BaseExpression) -> Definition | None:
        """What a name or a dotted name means at the top level of a module."""
        if type(node) is cst.Name:
            return self.resolve(module, node.value)
        if type(node) is cst.Attribute:
            return self.attribute(self.dotted(module, node.value), node.attr.value)
        if type(node) is cst.Subscript:
            return self.dotted(module, node.value)
        return None

    def _imported(self, imported: Import, hops: int) -> Definition | None:
        module = self.load(imported.module)
        if imported.attribute is None:
            return module or External(imported.module)
        dotted = f"{imported.module}.{imported.attribute}"
        if dotted in _OPTIMIZER_NAMES or module is None:
            return self.load(dotted) or External(dotted)
        if hops <= 0:
            return External(dotted)
        return self.resolve(module, imported.attribute, hops - 1) or self.load(dotted) or External(dotted)

    def _readable(self, name: str) -> bool:
        if name.startswith(_TABLES) or name == "torch":
            return self._package == "torch" and name.startswith(_READ_ANYWAY)
        return self._anything or self._search or name.partition(".")[0] == self._package

    def _find(self, name: str) -> Path | None:
        parts = name.split(".")
        if len(parts) > _DEEPEST or not all(part.isidentifier() for part in parts):
            return None
        for root in self.roots:
            base = root.joinpath(*parts)
            for path in (base / "__init__.py", base.with_name(base.name + ".py")):
                if path.is_file():
                    return path
        return None

    def _shown(self, path: Path) -> str:
        for root in self.roots:
            if path.is_relative_to(root):
                return path.relative_to(root).as_posix()
        return path.name


_STARS_OF_TORCH = {
    "torch.optim": TORCH_OPTIMIZERS | {"Optimizer"},
    "torch.optim.optimizer": frozenset({"Optimizer"}),
}
_OPTIMIZER_NAMES = frozenset({"torch.optim.Optimizer", "torch.optim.optimizer.Optimizer"})


def is_torch_optimizer(found: ClassRef) -> bool:
    """Whether a class is the one that every optimizer derives from."""
    return f"{found.module.name}.{found.name}" in _OPTIMIZER_NAMES
