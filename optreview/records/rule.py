"""The update rule as it was recorded while the optimizer ran, and what proves the record."""

from __future__ import annotations

from typing import Literal

from optreview.records.common import Location, Record
from optreview.records.kinship import Kin, Paper
from optreview.records.memory import Option

#: An error of the equations from which on they are not what the optimizer computes, over how far the weights
#: had moved; rounding to float32 on the way stays below.
PROVEN = 1e-6


class ProgramProof(Record, frozen=True, kw_only=True):
    """The recorded program, executed beside a fresh optimizer whose numbers and gradients are others.

    Attributes:
        verdict: ``proven``: every step agreed to the bit, in parameters and every state entry; ``unproven``:
            one did not; ``not-extractable``: there is no program; ``errored``: something broke down.
        steps: How many steps were asked for; zero where there is no program.
        agreed: How many agreed before one did not.
        settings: Constructor arguments of the fresh optimizer beyond the plan's.
        reason: Why it is not proven; empty where it is.
    """

    verdict: Literal["proven", "unproven", "not-extractable", "errored"]
    steps: int = 0
    agreed: int = 0
    settings: tuple[Option, ...] = ()
    reason: str = ""


class StateRole(Record, frozen=True, kw_only=True):
    """What a state entry is, read from its recurrence.

    Attributes:
        name: As the equations call it.
        place: Where the optimizer keeps it: ``state.exp_avg``, ``group.d``, ``self.k``.
        kind: ``mean``: running mean of ``of`` with the decay ``decay``. ``sum``: of all ``of`` so far;
            ``decayed-sum``: the sum so far is multiplied by ``decay`` first. ``maximum``: of all ``of``
            so far.
            ``copy``: ``of`` as it was in this step. ``counter``: it counts steps.
        plus: What is added to a running mean in every step, such as an epsilon.
        initial: What it starts at, where that is not zero.
    """

    name: str
    place: str
    kind: Literal["mean", "sum", "decayed-sum", "maximum", "copy", "counter", "other"]
    of: str = ""
    decay: str = ""
    plus: str = ""
    initial: str = ""


class EquationsProof(Record, frozen=True, kw_only=True):
    """The printed equations, read back and run in float64 beside the optimizer.

    Attributes:
        verdict: ``proven``: the error stayed below a millionth; ``unproven``: it did not, or there is none.
        error: The largest distance of the parameter from where the optimizer has it, over how far that had
            moved, in the steps that were taken.
        steps: How many steps were taken.
        varied: The hyperparameters were others than those under which the equations were read.
        later: The first step, which makes the state, was left out.
        unrounded: Types whose rounding was left out of the optimizer's own run.
        reason: Why there is no figure.
        ways: That steps were seen to take, where only the commonest of them is told; zero where all are.
        taken: How many of the steps went it; the error is of these alone, each from where the optimizer was.
    """

    verdict: Literal["proven", "unproven"]
    error: float | None = None
    steps: int = 0
    varied: bool = True
    later: bool = False
    unrounded: tuple[str, ...] = ()
    reason: str = ""
    ways: int = 0
    taken: int = 0


class OriginLine(Record, frozen=True, kw_only=True):
    """A line of the code that a value goes through.

    Attributes:
        reads: What it brings in: names of the equations, hyperparameters or what other lines assign.
    """

    location: Location
    reads: tuple[str, ...] = ()


class EquationLine(Record, frozen=True, kw_only=True):
    """Where the value comes from that a line of the equations assigns.

    Attributes:
        name: What it assigns; ``if`` for a line that asks.
        sources: The lines of the code, in the order of the files; none where they are not known.
    """

    name: str
    sources: tuple[OriginLine, ...] = ()


class Invariants(Record, frozen=True, kw_only=True):
    """How a rule behaves whatever the values of its hyperparameters, measured by running its equations.

    Weight decay is off, and so is eps where it makes no difference.

    Attributes:
        scale: The power of the gradients' size that late updates go with; None where no one power fits for
            gradients of all sizes that were tried.
        coupling: Whose gradients an element's update depends on: ``element``, its own; ``row``, ``column``
            or ``cross``, those of its row, its column or both; ``tensor``, all.
        parameter: How the parameter enters the update: ``none``; ``scale``, it grows with it; ``direction``,
            its size does not count; ``other``.
        memory: For how many updates, its own among them, a gradient is felt by more than a tenth of what it
            changes most; ``lasting``: no end of that was seen.
        first: The size of the first update over the lr, where every element's gradient is 1 or -1; None
            where no hyperparameter is an lr.
        reason: Why nothing was measured; empty where it was.
    """

    scale: float | None = None
    coupling: Literal["element", "row", "column", "cross", "tensor"] | None = None
    parameter: Literal["none", "scale", "direction", "other"] | None = None
    memory: int | None = None
    lasting: bool = False
    first: float | None = None
    reason: str = ""


class Meaning(Record, frozen=True, kw_only=True):
    """What a function in the equations computes, found by trying it on matrices that are hard on it.

    Attributes:
        block: Its name in the equations.
        property: Id of what it computes, ``orthogonal``; empty where it is nothing known.
        says: That in words.
        error: The largest relative distance from it.
        text: It in the language of rules, of ``x`` and ``y``, where that has no error.
        prints: What it made of set inputs, by which two functions are known to be one.
    """

    block: str
    property: str = ""
    says: str = ""
    error: float | None = None
    text: str = ""
    prints: tuple[float, ...] = ()


class Equations(Record, frozen=True, kw_only=True):
    """What a step does to one tensor, in the language of rules.

    Attributes:
        dimensions: Of the tensors that it was read on; two for a matrix.
        text: One assignment a line; empty where there are none.
        proof: Whether the text does what the optimizer does.
        roles: What every state entry is.
        places: Where each name of the text comes from: ``beta1`` from ``group.betas.0``.
        blocks: Functions in it that are Python functions of the package, or torch's.
        casts: Types of fewer bits that it rounds to on the way.
        values: What its hyperparameters were when it was read.
        meanings: What those of the functions compute that are the package's own, or torch's.
        invariants: How it behaves; None where there is no text.
        lacking: Extremes under which a step takes a way that the text leaves out: ``idle-start``, a gradient
            of zero in the first step, and ``zero-weights``.
        lines: For every line of the text but ``else``, in order, the lines of the code it was read from.
        only: Of which matrices they hold, where that is not all that were tried: ``tall``, those with more
            rows than columns; ``read``, those of the sides that they were read on.
    """

    dimensions: int
    text: str = ""
    proof: EquationsProof
    roles: tuple[StateRole, ...] = ()
    places: tuple[Option, ...] = ()
    blocks: tuple[str, ...] = ()
    casts: tuple[str, ...] = ()
    values: tuple[Option, ...] = ()
    lines: tuple[EquationLine, ...] = ()
    meanings: tuple[Meaning, ...] = ()
    invariants: Invariants | None = None
    only: Literal["", "tall", "read"] = ""
    lacking: tuple[Literal["idle-start", "zero-weights"], ...] = ()


class KnownRule(Record, frozen=True, kw_only=True):
    """The rule of a known optimizer, which others are compared with.

    Attributes:
        entry: Id of the optimizer, and ``name``: what people call it.
        equations: As they were extracted from an implementation of it.
        paper: The paper's, in the same language; empty where they are not known.
        initial: What state of the paper's starts from where it is not zero.
        bind: The argument that a name of the paper's stands for, ``betas[0]``, where the names differ.
        named: The class that is compared has its name.
        year: Of its first publication.
        settings: Constructor arguments that are off by default, and were switched on for the equations.
    """

    entry: str
    name: str
    year: int = 0
    equations: tuple[Equations, ...] = ()
    paper: str = ""
    initial: tuple[Option, ...] = ()
    bind: tuple[Option, ...] = ()
    named: bool = False
    settings: tuple[Option, ...] = ()


class UpdateRule(Record, frozen=True, kw_only=True):
    """What a step computes.

    Attributes:
        settings: Constructor arguments of the recorded optimizer beyond the plan's: knobs that are zero by
            default are switched on, so that the rule shows them.
        ways: How many ways through its code the recorded steps took.
        capped: There were more of them than are kept.
        program: Whether executing these ways again does what the optimizer does.
        idle: Hyperparameters that changed nothing when each was varied alone: the record does not show them.
        equations: For a matrix, and for a vector where that differs; empty where there is no program.
        mutates_gradient: A recorded step changed the values of a gradient; None where nothing was recorded.
        kin: The nearest known rules, the nearest first; then the one of the class's name, and the nearest of
            those that are older than the one that it is.
        alone: Why it has no kin, as a sentence; empty where it has, or was to be compared with none.
        paper: The rule beside its paper's equations; None where these are not known, or cannot be run.
    """

    settings: tuple[Option, ...] = ()
    ways: int = 0
    capped: bool = False
    program: ProgramProof
    idle: tuple[str, ...] = ()
    mutates_gradient: bool | None = None
    equations: tuple[Equations, ...] = ()
    kin: tuple[Kin, ...] = ()
    alone: str = ""
    paper: Paper | None = None
