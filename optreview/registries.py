"""What a registry of the user's holds, as targets: the box lists it, and nothing is imported here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from optreview import targets
from optreview.errors import InputError
from optreview.records import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.client import Runner
    from optreview.evidence.dynamic.wire import Entry
    from optreview.records import Target


class Held(NamedTuple):
    """A class of a registry: where its source lies, or why it cannot be reviewed. One of the two is set."""

    name: str
    target: Target | None = None
    refusal: str | None = None


def named(spec: str) -> Target:
    """The module and the object that the user names.

    Raises:
        InputError: There is no such module, or no object is named.
    """
    found = targets.resolve(spec)
    if found[0].class_name is None:
        raise InputError(f"--registry needs an object, as in package.module:OPTIMIZERS; {spec!r} names none.")
    return found[0]


def held(runner: Runner, registry: Target) -> Iterator[Held]:
    """Every optimizer class of a registry, in its order.

    Raises:
        InputError: The registry cannot be listed.
    """
    found = runner.enumerate(registry)
    if isinstance(found, Failure):
        raise InputError(found.message)
    yield from (_held(registry, entry) for entry in found)


def _held(registry: Target, entry: Entry) -> Held:
    if "<" in entry.name:
        return Held(entry.name, refusal="It is made inside of a function, so that its source has no name.")
    from optreview.evidence import static  # noqa: PLC0415 - what starts torch meanwhile need not wait for it

    try:
        target = _target(registry, entry)
        static.discover([target])
    except InputError as error:
        return Held(entry.name, refusal=str(error))
    return Held(entry.name, target=target)


def _target(registry: Target, entry: Entry) -> Target:
    """A class of the registry's own file, which may be no module, or one that is imported by name."""
    if entry.module == registry.module:
        return msgspec.structs.replace(registry, class_name=entry.name)
    places = (registry.root, *registry.search_path)
    (target,) = targets.resolve(f"{entry.module}:{entry.name}", places)
    return target
