"""A made-up check, complete in every part."""

from __future__ import annotations

from typing import Any

from optreview.gate.difference import at_7b
from optreview.records import (
    Breach,
    Change,
    Check,
    CheckedClass,
    GrowthChange,
    Part,
    SourceLine,
    Tolerance,
)
from optreview.records.gate import Held, LintChange, ModelBreach, ProbeChange
from tests.samples import made


def line(
    number: int, file: str = "src/pack/adam.py", source: str = "exp = torch.zeros_like(p)"
) -> SourceLine:
    return SourceLine(file=file, line=number, column=9, source=source)


def change(**more: Any) -> Change:
    before, after = more.pop("before", 8.0), more.pop("after", 12.0)
    part = Part(key="slow", before=0.0, after=after - before, places=(line(24),))
    usual = {
        "run": "float32 default",
        "figure": "state",
        "verdict": "worse" if after > before else "better",
        "before": before,
        "after": after,
        "at_7b": at_7b(after - before),
        "parts": (part,),
    }
    return made(Change, more, usual)


def peak(**more: Any) -> Change:
    usual = {"figure": "steady_transient", "parts": (), "places": (line(31),), "before": 0.0, "after": 4.0}
    return change(**{**usual, **more})


def breach(**more: Any) -> Breach:
    usual = {
        "run": "float32 default",
        "figure": "state",
        "budget": "state = '1.0x AdamW' for *",
        "limit": 8.0,
        "value": 12.0,
        "at_7b": at_7b(4.0),
        "parts": (Held(key="exp", value=8.0, places=(line(20),)), Held(key="slow", value=4.0)),
    }
    return made(Breach, more, usual)


def on_model(**more: Any) -> ModelBreach:
    usual = {
        "model": "vit-large",
        "device": "cuda",
        "dtype": "bfloat16",
        "figure": "steady_transient",
        "budget": "steady_transient = '32 MiB' on vit-large for *",
        "limit": 32 * 2**20,
        "value": 48 * 2**20,
        "exact": True,
        "places": (line(70),),
    }
    return made(ModelBreach, more, usual)


def probe(**more: Any) -> ProbeChange:
    usual = {
        "probe": "lr_in_groups",
        "verdict": "worse",
        "before": "pass",
        "after": "fail",
        "note": "A parameter group has no lr.",
        "places": (line(80),),
    }
    return made(ProbeChange, more, usual)


def lint(**more: Any) -> LintChange:
    usual = {
        "rule": "host_sync",
        "verdict": "worse",
        "before": 1,
        "after": 2,
        "message": "It reads a tensor back.",
        "places": (line(90, source="x.item()"),),
    }
    return made(LintChange, more, usual)


def growth(**more: Any) -> GrowthChange:
    usual = {
        "verdict": "worse",
        "before": "constant",
        "after": "growing",
        "holders": ("past",),
        "places": (line(40),),
    }
    return made(GrowthChange, more, usual)


def worse(name: str = "pack.adam:Adam", **more: Any) -> CheckedClass:
    usual = {"optimizer": name, "verdict": "worse", "defined": line(3, source="class Adam(Optimizer):")}
    return made(CheckedClass, more, usual)


def conduct() -> Check:
    """One with everything that a project has to ask for, and with one family of shapes."""
    conv = change(family="conv")
    return check(
        worse("pack.adam:Conv", changes=(conv, change(run="bfloat16 default", family="conv"))),
        worse("pack.adam:Matrix", changes=(change(only=("matrix",)),)),
        worse("pack.adam:Model", model_breaches=(on_model(), on_model(device="cpu", value=40 * 2**20))),
        worse("pack.adam:Probe", probes=(probe(), probe(probe="adaptivity", verdict="changed"))),
        worse("pack.adam:Lint", lint=(lint(), lint(rule="data_attribute", verdict="better", places=()))),
        other("pack.adam:Once", "same", "Once.", probes=(probe(verdict="unsteady"),)),
        notes=("The baseline is old.",),
        prefix="sub",
    )


def other(name: str, verdict: str, *reasons: str, **more: Any) -> CheckedClass:
    usual = {"optimizer": name, "verdict": verdict, "defined": line(3), "reasons": reasons}
    return made(CheckedClass, more, usual)


def check(*optimizers: CheckedClass, **more: Any) -> Check:
    usual = {
        "schema_version": "1.1.0",
        "generator": "optreview",
        "generator_version": "0",
        "torch": "2.13",
        "device": "cpu",
        "tolerance": Tolerance(),
        "optimizers": optimizers,
    }
    return made(Check, more, usual)


def everything() -> Check:
    wide = change(run="bfloat16 default", before=4.0, after=6.0)
    hidden = Part(key="hidden:keep", before=0.0, after=4.0, places=(line(50),))
    outside = change(figure="hidden", before=0.0, after=4.0, parts=(hidden,))
    return check(
        worse("pack.adam:Growing", growth=growth()),
        worse("pack.adam:Adam", changes=(wide, change(), peak())),
        worse("pack.adam:Outside", changes=(outside, change(parts=(hidden,)))),
        worse("pack.adam:Large", breaches=(breach(),), defined=line(60)),
        other("pack.adam:Broken", "not-measured", "It can no longer be run: a line."),
        other("pack.adam:Old", "incomparable", "Not compared: torch was 2.12 and is 2.13.", "Go back."),
        other("pack.adam:Older", "incomparable", "Not compared: torch was 2.12 and is 2.13.", "Go back."),
        other("pack.adam:New", "added", "It is not in the baseline."),
        other("pack.adam:Gone", "removed", "It is in the baseline.", defined=None),
        other("pack.adam:Lean", "better", changes=(change(before=12.0, after=8.0),)),
        other("pack.adam:Odd", "same", "It was worse in one of two.", changes=(change(verdict="unsteady"),)),
        other("pack.adam:Same", "same"),
        prefix="sub",
    )


def hostile(text: str) -> Check:
    """One where the text stands wherever names and source of a stranger can stand."""
    place = line(7, file=f"{text}.py", source=text)
    part = Part(key=text, before=0.0, after=4.0, places=(place,))
    name = f"pack:{text}"
    return check(
        worse(
            name,
            defined=place,
            changes=(change(parts=(part,)), peak(places=(place,))),
            growth=growth(holders=(text,), places=(place,)),
            breaches=(breach(budget=f"state = '1 B' for {text}", parts=(Held(key=text, value=1.0),)),),
            model_breaches=(on_model(budget=f"state = '1 B' on {text}", model=text, places=(place,)),),
            probes=(probe(note=text, places=(place,)),),
            lint=(lint(message=text, places=(place,)),),
            reasons=(text,),
        ),
        other(f"{name}2", "not-measured", text, defined=place),
        other(f"{name}3", "incomparable", text, defined=place),
        other(f"{name}4", "better", changes=(change(parts=(part,), before=12.0, after=8.0),)),
    )
