"""Corrections for the start at zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.departures._departure import Departed, Departure, ruled
from optreview.evidence.dynamic.rule.kinship.rewriting import everywhere, expressions, swapped
from optreview.notation.syntax import Average, Call, Name, Number, Operation, Update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.rule.kinship.rewriting import Lines
    from optreview.evidence.dynamic.rule.kinship.subject import Subject
    from optreview.notation.syntax import Expression, Statement


class BiasCorrection(Departure):
    """A running mean is not corrected for its start at zero, or is though the paper does not."""

    def variants(self, paper: Subject, code: Subject) -> Iterator[Departed]:  # noqa: ARG002
        """Each correction left out, all of them, and each mean corrected that is not."""
        lines = paper.rule.lines
        shares = {each for each in expressions(lines) if _decay(each) is not None}
        for chosen in ([one] for one in sorted(shares, key=repr)):
            yield from self._left_out(paper, chosen)
        if len(shares) > 1:
            yield from self._left_out(paper, sorted(shares, key=repr))
        decays = {name for line in lines for name in _decays(line)}
        for index, line in enumerate(lines):
            if isinstance(line, Update) and line.name != "p":
                for name in sorted(decays):
                    yield from self._put_in(lines, index, Name(line.name, new=True), name)

        yield from self._each_put_in(lines)
        yield from self._moved(paper, shares)
        yield from self._of_the_step(paper, sorted(decays), shares)

    @staticmethod
    def _each_put_in(lines: Lines) -> Iterator[Departed]:
        """Every mean by its own decay."""
        made, said = lines, []
        for index, line in enumerate(lines):
            own = sorted(_decays(line))
            if isinstance(line, Update) and line.name != "p" and len(own) == 1:
                made = (*made[: index + 1], *_corrected(made[index + 1 :], Name(line.name, new=True), own[0]))
                said.append(f"{line.name} by 1 - {own[0]}^t")
        rule = ruled(made)
        if rule is not None and len(said) > 1:
            reads = frozenset({"t"})
            yield Departed(
                rule, "corrects no mean for its start at zero", f"divides {', '.join(said)}", reads
            )

    @staticmethod
    def _moved(paper: Subject, shares: set[Expression]) -> Iterator[Departed]:
        """What stands elsewhere corrects the mean itself."""
        for share in sorted(shares, key=repr):
            decay = str(_decay(share))
            lines = swapped(paper.rule.lines, share, Number(1.0))
            for index, line in enumerate(lines):
                if isinstance(line, Update) and decay in _decays(line):
                    after = _corrected(lines[index + 1 :], Name(line.name, new=True), decay)
                    rule = ruled((*lines[: index + 1], *after))
                    if rule is not None and after != lines[index + 1 :] and rule != paper.rule:
                        told = f"does not divide {line.name} by 1 - {decay}^t, which stands elsewhere"
                        said = f"divides {line.name} by it"
                        yield Departed(rule, told, said, frozenset({"t", decay}))

    @staticmethod
    def _of_the_step(paper: Subject, decays: list[str], shares: set[Expression]) -> Iterator[Departed]:
        """The lr gets the correction of a mean, or that of one and of the root of another."""
        lr = Name("lr")
        if lr.name not in paper.hyperparameters:
            return
        lines = paper.rule.lines
        for first in decays:
            share = _share(first)
            below = Operation("/", lr, share)
            if share in shares:
                bare = swapped(lines, share, Number(1.0))
                rule = ruled(swapped(bare, lr, below))
                if rule is not None:
                    told = f"corrects a mean for its start at zero by 1 - {first}^t"
                    yield Departed(
                        rule, told, "divides the lr by that instead", frozenset({"t", "lr", first})
                    )
            for second in decays:
                if first != second:
                    step = Operation("*", below, Call("sqrt", (_share(second),)))
                    rule = ruled(swapped(lines, lr, step))
                    if rule is not None:
                        said = f"multiplies the lr by sqrt(1 - {second}^t) / (1 - {first}^t)"
                        yield Departed(
                            rule,
                            "corrects nothing for a start at zero",
                            said,
                            frozenset({"t", "lr", first, second}),
                        )

    @staticmethod
    def _put_in(lines: Lines, index: int, read: Name, decay: str) -> Iterator[Departed]:
        rest = _corrected(lines[index + 1 :], read, decay)
        rule = ruled((*lines[: index + 1], *rest))
        if rule is not None and rest != lines[index + 1 :]:
            said = f"does not correct {read.name} for its start at zero"
            yield Departed(rule, said, f"divides it by 1 - {decay}^t", frozenset({"t", decay}))

    def _left_out(self, paper: Subject, shares: list[Expression]) -> Iterator[Departed]:
        rule = ruled(everywhere(paper.rule.lines, lambda node: Number(1.0) if node in shares else None))
        if rule is not None:
            told = " and ".join(sorted({f"1 - {_decay(each)}^t" for each in shares}))
            yield Departed(rule, f"corrects for the start at zero by {told}", "does not", frozenset({"p"}))


def _corrected(lines: Lines, read: Name, decay: str) -> Lines:
    hat = Operation("/", read, _share(decay))
    return swapped(lines, read, hat)


def _share(decay: str) -> Expression:
    return Operation("-", Number(1.0), Operation("^", Name(decay), Name("t")))


def _decays(line: Statement) -> set[str]:
    """The decay of a running mean, where that has a name; else what one minus stands before."""
    if not isinstance(line, Update) or line.name == "p":
        return set()
    if isinstance(line.value, Average):
        return {line.value.decay.name} if isinstance(line.value.decay, Name) else set()
    return {
        each.right.name
        for each in expressions((line,))
        if isinstance(each, Operation)
        and (each.operator, each.left) == ("-", Number(1.0))
        and isinstance(each.right, Name)
    }


def _decay(node: Expression) -> str | None:
    """The name of a decay, where one minus its power with the number of the step stands."""
    if isinstance(node, Operation) and node.operator == "-" and node.left == Number(1.0):
        power = node.right
        if isinstance(power, Operation) and power.operator == "^" and power.right == Name("t"):
            return power.left.name if isinstance(power.left, Name) else None
    return None
