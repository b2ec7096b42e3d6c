"""Sentences and cells written from figures of our own, to be found on the page as they stand."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from pytorch_optimizer.optimizer.a2grad import A2Grad
from pytorch_optimizer.optimizer.adabelief import AdaBelief

from benchmarks.claims import by_hand, truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Make = Callable[..., torch.optim.Optimizer]

_LLAMA = 6_738_415_616  # parameters: 32 layers of 4096 with 11008 inside, 32000 tokens, untied
_LARGEST = 32_000 * 4_096  # its embedding
_TENSORS = 291
_WHERE = "in float32 on the small model of the run."
_COUNTED = "operations of one step, by a dispatch mode"


@dataclass(frozen=True)
class Claim:
    """What a page says, where, what it rests on there, and how it was verified here."""

    section: str
    quote: str
    evidence: str
    how: str


def _gib(size: float) -> str:
    return f"{size / 2**30:.2f} GiB"


def _row(name: str, path: str, found: dict[str, Any]) -> Iterator[Claim]:
    """Its line in the table of memory and, where it has one, in that of costs."""
    state, peak = f"{found['state']:.2f}×", f"{found['peak']:.2f}×"
    how = "12 steps in torch, storages counted as they are born and die"
    yield Claim("Memory", f"| {name} | {path} | float32 | {state} | 8 B | {peak} | {peak} |", "measured", how)
    if name == "AdamW" or path != "foreach":
        yield Claim("Optimization", f"| {name} | {path} | {found['operations']} |", "counted", _COUNTED)


def memory(name: str, make: Make) -> Iterator[Claim]:
    """Rows of the memory table, the options, and AdamW's."""
    how, evidence = "12 steps in torch, storages counted as they are born and die", "measured"
    paths: dict[str, dict[str, bool]] = {
        "default (foreach)": {},
        "for-loop": {"foreach": False},
        "foreach": {"foreach": True},
    }
    for path, given in paths.items():
        yield from _row(name, path, truth.figures(lambda p, given=given: make(p, **given)))
    for path, fast in (("default (for-loop)", False), ("foreach", True)):
        yield from _row("AdamW", path, truth.figures(lambda p, fast=fast: torch.optim.AdamW(p, foreach=fast)))
    own, adamw = truth.figures(make), truth.figures(lambda p: torch.optim.AdamW(p, foreach=True))
    yield Claim(
        "Answer",
        f"{own['state_bytes'] / adamw['state_bytes']:.2f}× AdamW's state, 8 B per parameter in float32",
        evidence,
        how,
    )
    ratio = own["operations"] / adamw["operations"]
    yield Claim(
        "Optimization",
        f"A step dispatches {ratio:.2f}× the operations of AdamW on the same path, {_WHERE}",
        "counted",
        "the same",
    )
    ratio = own["peak"] / adamw["peak"]
    yield Claim(
        "Optimization",
        f"The temporaries of a step take {ratio:.2f}× the bytes of AdamW's on the same path, {_WHERE}",
        evidence,
        how,
    )


def options(make: Make, given: dict[str, Any]) -> Iterator[Claim]:
    """What an option adds to the state."""
    plain = truth.figures(make)
    for name, value in given.items():
        found = truth.figures(lambda p, n=name, v=value: make(p, **{n: v}))
        added = found["state_bytes"] - plain["state_bytes"]
        size = sum(math.prod(s) for s in truth.SHAPES) * 4
        change = "none" if not added else f"+{added} B" if added < size / 1000 else f"+{added / size:.2f}×"
        cell = f"| `{name}={value!r}` | {found['state']:.2f}× | {change} | {found['peak']:.2f}× |"
        yield Claim("Memory", cell, "measured", "the option alone, beside the defaults, in torch")


def large(name: str, peak: int) -> Iterator[Claim]:
    """Closed forms for seven billion parameters in bfloat16; ``peak``: full-size temporaries of a step."""
    size = 2 * _LLAMA
    whole = (2 + 2 + peak) * size
    how = "closed form: 2 B a parameter, two buffers, temporaries as many as the lines make"
    row = (
        f"| {name} | default | {_gib(2 * size)} | {_gib(peak * size)} | {_gib(peak * size)} | {_gib(whole)} |"
    )
    yield Claim("Memory", row, "simulated", how)
    yield Claim(
        "Answer",
        f"{_gib(whole)} for parameters, gradients, state and peak; AdamW {_gib(5 * size)}",
        "simulated",
        how,
    )
    loop = 2 * 2 * _LARGEST
    yield Claim(
        "Memory",
        f"| AdamW | foreach | {_gib(2 * size)} | {_gib(size)} | {_gib(size)} | {_gib(5 * size)} |",
        "simulated",
        how,
    )
    yield Claim(
        "Memory",
        f"| AdamW | for-loop | {_gib(2 * size)} | {loop / 2**20:.2f}"[:-1],
        "simulated",
        "two temporaries of the largest tensor, the embedding",
    )
    yield Claim(
        "Memory",
        f"LLaMA 7B: {_LLAMA:,} parameters in {_TENSORS} tensors",
        "simulated",
        "arithmetic of its shapes",
    )


def behaviour(make: Make, rate: float) -> Iterator[Claim]:
    """The deterministic courses of the behaviour card."""

    def row(label: str, figure: float) -> Claim:
        told = f"{figure:.2g}" if abs(figure) < 100 else f"{figure:.0f}"
        return Claim(
            "Interesting idea",
            f"| {label} | {told} |",
            "measured",
            "the same gradients in float64, with torch alone",
        )

    for value in (0.001, 10.0):
        moved = truth.course(make, [value] * 30)[-10:]
        yield row(f"constant gradient of {value:g}: steps 21 to 30", sum(moved) / 10 / rate)
    ones = truth.course(make, [1.0] * 20)
    yield row("constant gradient of 1: step 1", ones[0] / rate)
    yield row("constant gradient of 1: step 20", ones[-1] / rate)
    turn = truth.course(make, [1.0, -1.0] * 15)[-10:]
    yield row("gradient of 1 and -1 in turn: steps 21 to 30", sum(map(abs, turn)) / 10 / rate)
    spiked = truth.course(make, [0.1] * 25 + [10.0] + [0.1] * 9)
    yield row(
        "gradient of 10 after 25 of 0.1: largest of steps 26 to 35 over the mean of 16 to 25",
        max(map(abs, spiked[25:])) / (sum(map(abs, spiked[15:25])) / 10),
    )


def probes(make: Make) -> Iterator[Claim]:
    """What the class fails at, done by hand."""
    params = truth.parameters()
    optimizer = make(params)
    truth.step(optimizer, params, 0)
    try:
        truth.step(
            copied := copy.deepcopy(optimizer), [p for g in copied.param_groups for p in g["params"]], 1
        )
    except AttributeError as error:
        yield Claim(
            "Probes",
            f"Stepping a deep copy of it raised AttributeError: {error}.".replace("_", "\\_"),
            "run",
            "copy.deepcopy, then step",
        )
    upward = make(params := truth.parameters(), maximize=True)
    truth.give(params, 0)
    kept = [p.grad.clone() for p in params if p.grad is not None]
    upward.step()
    if not any(torch.equal(p.grad, k) for p, k in zip(params, kept, strict=True) if p.grad is not None):
        yield Claim(
            "Probes",
            "With maximize=True, a step changed 3 of 3 gradients",
            "run",
            "gradients before and after a step: all are changed",
        )
    make(truth.parameters(), weight_deccay=0.1)
    yield Claim(
        "Probes", "weight\\_deccay=0.1 was taken without a word.", "run", "the constructor, with that keyword"
    )
    yield Claim(
        "Probes",
        f"its first step was {_late(make) / _late(make, waits=0):.1f} times as long as a fresh optimizer's",
        "run",
        "one of two parameters gets its first gradient in step 8",
    )


def _late(make: Make, waits: int = 7) -> float:
    early, late = (torch.nn.Parameter(torch.ones(6, 4)) for _ in range(2))
    optimizer = make([early, late])
    for index in range(waits + 1):
        torch.manual_seed(index)
        early.grad = torch.randn(6, 4)
        late.grad = torch.ones(6, 4) if index == waits else None
        optimizer.step()
    return float((1 - late.detach()).norm())


def _equations(apart: float) -> Iterator[Claim]:
    """The page says that the equations hold; so do ours, or the sentence is not looked for."""
    said = (
        "were run in float64 beside the optimizer with other hyperparameters, for 20 steps: they end within"
    )
    quote = said if apart < 1e-12 else f"by hand they are {apart:.0e} apart"
    yield Claim("The step", quote, "replay", "written by hand in float64 beside the class (`by_hand.py`)")


def adabelief() -> Iterator[Claim]:
    """All of AdaBelief's."""
    yield from _equations(by_hand.adabelief())
    page = "AdaBelief"
    yield from memory(page, AdaBelief)
    yield from options(
        AdaBelief,
        {
            "weight_decouple": False,
            "fixed_decay": True,
            "rectify": True,
            "degenerated_to_sgd": False,
            "ams_bound": True,
            "adanorm": True,
        },
    )
    yield from large(page, peak=2)
    yield from behaviour(AdaBelief, 1e-3)
    yield from probes(AdaBelief)
    yield from _rates()
    half = truth.figures(AdaBelief, torch.float16)
    yield Claim(
        "Memory",
        f"| float16 | {half['state']:.2f}× | as the parameters | {'yes' if half['finite'] else 'no'} |",
        "measured",
        "12 steps in float16 in torch",
    )


def _rates() -> Iterator[Claim]:
    """The rules of batch scaling, by hand."""
    for batch in (1, 16):
        by = batch / 4
        root, line, beta = 1e-4 * math.sqrt(by), 1e-4 * by, 0.999**by
        told = (
            f"square-root rule `lr={_short(root)}` (arXiv:2205.10287, followed here); "
            f"linear rule `lr={_short(line)}`"
        )
        yield Claim(
            "Recommended hyperparameters",
            told,
            "arXiv:2205.10287, arXiv:1706.02677",
            "lr × √(batch / 4), lr × batch / 4",
        )
        yield Claim(
            "Recommended hyperparameters",
            f"`lr=1e-4, beta2={beta:.5f}`".rstrip("0"),
            "arXiv:2507.07101",
            "0.999 to the power of batch / 4",
        )


def _short(value: float) -> str:
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"


def a2grad() -> Iterator[Claim]:
    """All of A2Grad's."""
    yield from _equations(by_hand.a2grad())
    yield from memory("A2Grad", A2Grad)
    yield from options(A2Grad, {"variant": "inc"})
    yield from options(A2Grad, {"variant": "exp"})
    yield from large("A2Grad", peak=1)
    yield from behaviour(A2Grad, 1.0)
    yield from probes(A2Grad)
    try:
        torch.optim.lr_scheduler.StepLR(A2Grad(truth.parameters()), 1)
    except KeyError as error:
        yield Claim(
            "Probes", f"StepLR cannot be attached: KeyError: {error}.", "run", "torch's StepLR, attached"
        )
