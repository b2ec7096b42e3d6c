"""Judgement: criteria applied to evidence, the scores they add up to, and what follows for the user."""

from __future__ import annotations

from typing import Literal

from optreview.records.common import Location, Record

Outcome = Literal["met", "partly", "unmet", "not-applicable", "not-measured", "errored"]


class Judgement(Record, frozen=True, kw_only=True):
    """A criterion applied to one measurement.

    Attributes:
        points: From 0 to 10, or None when the outcome carries none.
        measurement: Id of the measurement read; ``value``, ``note`` and ``locations`` are copied from it.
        lost: Points of the final score that it costs; those of all judgements add up to what the score lacks
            of ten. None without points, and in records made before version 1.5 of the schema.
        gain: How much the final score would rise by the criterion's remedy, found by judging again; None
            without points, and where it is so by design.
    """

    criterion: str
    dimension: str
    outcome: Outcome
    points: float | None
    weight: float
    measurement: str
    value: float | int | bool | str | None
    note: str
    locations: tuple[Location, ...] = ()
    gain: float | None = None
    lost: float | None = None


class Score(Record, frozen=True, kw_only=True):
    """A score out of ten, or None, with the share of the applicable weight that evidence stands behind.

    Attributes:
        below: Share of the calibrated classes that score less; None without a value, for scores that a
            project has adjusted, and in records made before version 1.5 of the schema.
        among: How many calibrated classes have such a score; 0 where ``below`` is None.
        reference: What the calibration's reference, torch's AdamW, scores; None likewise.
    """

    dimension: str
    value: float | None
    coverage: float
    heuristic: bool
    below: float | None = None
    among: int = 0
    reference: float | None = None


class Adjusted(Record, frozen=True, kw_only=True):
    """Scores by the rubric as a project has changed it; they stand beside the standard ones.

    Attributes:
        changes: What the project has changed, a phrase each, such as ``weight of memory 3 instead of 1.5``.
    """

    changes: tuple[str, ...]
    scores: tuple[Score, ...]
    final: Score


class Identity(Record, frozen=True, kw_only=True):
    """The catalogue entry that the class is taken for, and on what grounds.

    Attributes:
        note: A sentence on what name and rule say of each other, or in what the rule differs; may be empty.
    """

    entry: str
    name: str
    grounds: Literal["update rule (proven the same)", "update rule (nearest)", "class name"]
    note: str = ""


class Setting(Record, frozen=True, kw_only=True):
    """One recommended constructor argument: source text of the value, why, and who says so."""

    name: str
    value: str
    reason: str
    source: str | None = None


class BatchRule(Record, frozen=True, kw_only=True):
    """What a published rule makes of the batch size, as text; ``followed``: the settings are by this rule."""

    title: str
    says: str
    source: str
    followed: bool


class Footprint(Record, frozen=True, kw_only=True):
    """What training a model takes with one optimizer, in bytes; activations are not in it.

    Attributes:
        model: Its name in words.
        frozen: Bytes of weights that are held and not trained.
        transient: The larger of the first and the steady step's peak; None where it is not known.
        how: ``simulated``: on this model. ``law``: bytes of state by what buffers are made of, checked on a
            simulated model, or simulated along another path; then ``transient`` is an estimate.
    """

    optimizer: str
    model: str
    parameters: int
    weights: int
    gradients: int
    frozen: int
    state: int
    transient: int | None
    how: Literal["simulated", "law"]

    @property
    def total(self) -> int:
        """All of it, less what is not known."""
        return self.weights + self.gradients + self.frozen + self.state + (self.transient or 0)


class Fit(Record, frozen=True, kw_only=True):
    """A model on one tier's hardware, beside AdamW.

    Attributes:
        own: None where nothing is known for this model; ``reason`` says why.
        activations: Bytes alive after the forward pass at the tier's batch beyond the model's own tensors;
            None where no model was given that can be called, or it could not be (``unrun`` says why).
        passes: The most alive in the forward and the backward pass, gradients as they come included.
        largest: The largest model of the family that fits, None where none does or nothing is known;
            ``largest_adamw`` with AdamW.
        partly_searched: Of a larger member than ``largest``, whose weights, gradients and least state would
            fit, nothing says what it takes.
    """

    capacity: int
    own: Footprint | None
    adamw: Footprint | None
    reason: str = ""
    activations: int | None = None
    passes: int | None = None
    unrun: str = ""
    largest: Footprint | None = None
    largest_adamw: Footprint | None = None
    partly_searched: bool = False

    @property
    def fits(self) -> bool | None:
        """Whether it does; None where that is not known."""
        if self.own is None or (self.own.transient is None and self.needed(self.own) <= self.capacity):
            return None
        return self.needed(self.own) <= self.capacity

    def needed(self, footprint: Footprint) -> int:
        """The most at any time: in the step, or in the passes, which come before its temporaries."""
        resting = footprint.weights + footprint.frozen + footprint.state
        return max(footprint.total, resting + (self.passes or 0))


class Recommendation(Record, frozen=True, kw_only=True):
    """Constructor arguments for one hardware tier.

    Attributes:
        scaling: How the batch size moved the learning rate; ``rules``: what each published rule says.
        snippet: The lines to copy, in ``style``, and ``note``: what keeps them from the style asked for.
        completion: Lines that make an optimizer of the snippet, where it is a configuration.
        fit: Whether the model of the use case fits.
    """

    tier: str
    settings: tuple[Setting, ...]
    scaling: str
    rules: tuple[BatchRule, ...] = ()
    style: str = "torch"
    snippet: str = ""
    note: str = ""
    completion: str = ""
    fit: Fit | None = None


class SearchRange(Record, frozen=True, kw_only=True):
    """Values to search for one argument: from ``low`` to ``high``, or ``choices``, as Python source text.

    Attributes:
        name: The argument, or an item of it: ``betas[1]``.
        log: Even in the logarithm.
    """

    name: str
    low: str = ""
    high: str = ""
    choices: tuple[str, ...] = ()
    whole: bool = False
    log: bool = False
    reason: str
    source: str | None = None


class SearchSpace(Record, frozen=True, kw_only=True):
    """What to search, and the same as lines for Optuna and for Ray Tune."""

    ranges: tuple[SearchRange, ...]
    optuna: str
    ray: str


class OptionAdvice(Record, frozen=True, kw_only=True):
    """An option that the settings leave alone, with what it was measured to do.

    Attributes:
        state_per_parameter: Bytes of state that it adds for every float32 parameter.
        state_bytes: The same bytes on the use case's model, in its dtype; None where that is not known.
        changes: It moves the weights otherwise; None where that was not seen.
    """

    name: str
    value: str
    state_per_parameter: float
    state_bytes: int | None
    changes: bool | None
    idea: str = ""
    paper: str = ""
    url: str = ""


class Judged(Record, frozen=True, kw_only=True):
    """Everything that opinion adds to the evidence; computed anew whenever a record is rendered.

    Attributes:
        adjusted: None where no project changes the rubric.
    """

    rubric_version: str
    use_case: str
    identity: Identity | None
    judgements: tuple[Judgement, ...]
    scores: tuple[Score, ...]
    final: Score
    recommendations: tuple[Recommendation, ...]
    adjusted: Adjusted | None = None
    search: SearchSpace | None = None
    options: tuple[OptionAdvice, ...] = ()
