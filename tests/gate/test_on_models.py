"""Budgets on models that are simulated: bytes in all, on each device, and no false alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from optreview.cli import configuration
from optreview.errors import InputError
from optreview.gate.asked import Asked
from optreview.gate.budgets import Amount, Budget, breaches
from optreview.gate.on_models import breaches as on_models
from optreview.gate.on_models import missing
from optreview.models import built_in
from optreview.records import (
    Failure,
    Model,
    ScaleEvidence,
    ScaleRun,
    SelfCheck,
    Tolerance,
    Unscaled,
)
from tests import samples
from tests.gate.test_compare import known

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.records import DynamicEvidence

NAME = "pack.age:Opt"
MODEL = built_in("dcgan")
MIB = 2**20
EXACT = SelfCheck(parameter_bytes=1000, steps=3, exact=True, state_residual=0, transient_residual=0)


def ran(device: str = "cpu", path: str = "default", **figures: int) -> ScaleRun:
    usual: dict[str, Any] = {
        "model": "dcgan",
        "optimizer": NAME,
        "device": device,
        "stand_in": False,
        "implementation": path,
        "options": (),
        "steps": 3,
        "settled": True,
        "parameter_bytes": 10 * MIB,
        "gradient_bytes": 10 * MIB,
        "state_bytes": 20 * MIB,
        "declared_bytes": 20 * MIB,
        "hidden_bytes": 0,
        "buffers": (),
        "first_transient_bytes": 8 * MIB,
        "steady_transient_bytes": 4 * MIB,
        "replayed": 0,
    }
    return samples.made(ScaleRun, figures, usual)


def simulated(
    *runs: ScaleRun, check: SelfCheck | None = EXACT, lost: tuple[str, ...] = ()
) -> DynamicEvidence:
    evidence = samples.evidence().dynamic
    assert evidence is not None
    failure = Failure(kind="declined", message="It reads a value.")
    scale = ScaleEvidence(
        models=(Model(name="dcgan", title="", dtypes=("float32",), tensors=3, parameters=10 * MIB // 4),),
        runs=runs,
        references=(
            ran(path="for-loop", state_bytes=16 * MIB, steady_transient_bytes=2 * MIB),
            ran(path="foreach", state_bytes=16 * MIB, steady_transient_bytes=10 * MIB),
        ),
        unscaled=tuple(Unscaled(model="dcgan", device=each, failure=failure) for each in lost),  # type: ignore[arg-type]
        check=check,
    )
    return structs.replace(evidence, scale=scale)


def over(
    evidence: DynamicEvidence, device: str | None = None, **limits: str
) -> list[tuple[str, str, int, int]]:
    amounts = {figure: Amount.of(text) for figure, text in limits.items()}
    budget = Budget("Opt", amounts, model=MODEL, device=device)  # type: ignore[arg-type]
    found = on_models(NAME, evidence, [budget], Tolerance())
    return [(each.device, each.figure, each.limit, each.value) for each in found]


def test_a_size_is_that_on_the_model() -> None:
    both = simulated(ran(), ran("cuda", steady_transient_bytes=40 * MIB))
    assert over(both, steady_transient="32 MiB") == [("cuda", "steady_transient", 32 * MIB, 40 * MIB)]
    assert over(both, "cpu", steady_transient="32 MiB") == []
    assert over(both, first_transient="8 MiB", state="20 MiB", hidden="0 MiB") == []
    assert [each[0] for each in over(both, state="19 MiB")] == ["cpu", "cuda"]


def test_a_peak_is_all_that_a_step_takes_the_first_one_too() -> None:
    assert over(simulated(ran()), peak="47 MiB") == [("cpu", "peak", 47 * MIB, 48 * MIB)]
    assert over(simulated(ran()), peak="48 MiB") == []
    later = ran(first_transient_bytes=0)
    assert over(simulated(later), peak="43 MiB") == [("cpu", "peak", 43 * MIB, 44 * MIB)]
    assert over(simulated(later), peak="44 MiB") == []


def test_adamw_is_that_of_the_path_it_takes_on_the_device() -> None:
    both = simulated(ran(), ran("cuda"))
    assert over(both, steady_transient="1.0x AdamW") == [("cpu", "steady_transient", 2 * MIB, 4 * MIB)]
    assert [each[2] for each in over(both, state="1.0x AdamW")] == [16 * MIB] * 2
    assert over(simulated(ran()), state="8 B per parameter") == []
    assert over(simulated(ran()), state="7 B per parameter")[0][2] == 7 * 10 * MIB // 4


def test_what_the_simulation_is_off_by_is_no_breach() -> None:
    off = structs.replace(EXACT, exact=False, state_residual=-100)  # a tenth: 1 MiB of 10
    assert over(simulated(ran(), check=off), state="19.5 MiB") == []
    assert len(over(simulated(ran(), check=off), state="18.5 MiB")) == 1
    assert len(over(simulated(ran(), check=None), state="19 MiB")) == 1


def test_a_budget_that_says_nothing_is_told() -> None:
    budget = Budget("Opt", {"state": Amount.of("1 GiB")}, model=MODEL)
    assert missing(NAME, simulated(ran(), ran("cuda")), [budget]) == ()
    (said,) = missing(NAME, simulated(ran(), lost=("cuda",)), [budget])
    assert said == "A budget on dcgan says nothing: It reads a value."
    assert missing("pack.age:Other", simulated(lost=("cuda",)), [budget]) == ()


def test_a_budget_on_a_model_is_about_nothing_else() -> None:
    budget = Budget("Opt", {"state": Amount.of("0 B per parameter")}, model=MODEL)
    assert breaches(NAME, known(), {}, [budget], Tolerance()) == ()


def test_only_who_has_a_budget_on_a_model_is_simulated() -> None:
    asked = Asked.by([Budget("Opt", {}, model=MODEL), Budget("*", {})])
    assert asked.simulates
    assert [each.name for each in asked.of(NAME).models] == ["dcgan"]
    assert asked.of("pack.age:Other").models == ()
    assert not Asked.by([Budget("*", {})]).simulates


def load(tmp_path: Path, entry: str) -> Budget:
    text = f'[[tool.optreview.budgets]]\noptimizer = "*"\n{entry}\n'
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    (found,) = configuration.load(tmp_path).budgets
    return found


def test_a_model_is_built_in_or_a_file_beside_the_project(tmp_path: Path) -> None:
    found = load(tmp_path, 'on = "vit-large"\ndevice = "cuda"\nsteady_transient = "32 MiB"')
    assert (found.model, found.device) == (built_in("vit-large"), "cuda")
    (tmp_path / "own.json").write_text('{"w": [4, 5]}', encoding="utf-8")
    own = load(tmp_path, 'on = "own.json"\npeak = "1 GiB"').model
    assert own is not None
    assert [each.shape for each in own.tensors] == [(4, 5)]


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (
            'on = "vit-l"\nstate = "1 GiB"',
            "no model 'vit-l'; there are dcgan, llama-7b, .*vit-large, and files",
        ),
        ('on = "dcgan"', "sets none of state, hidden, first_transient, steady_transient, peak"),
        ('on = "dcgan"\nhost = "1 GiB"', "'host' is not known of a model"),
        ('peak = "1 GiB"', "'peak' is about a model; name one with 'on'"),
        ('device = "cpu"\nstate = "1 GiB"', "A device is about a model"),
        ('on = "dcgan"\ndtype = "float32"\nstate = "1 GiB"', "dtypes of its own"),
        ('on = "dcgan"\ndevice = "tpu"\nstate = "1 GiB"', "budgets must be tables"),
        ('on = "missing.json"\nstate = "1 GiB"', "missing.json"),
    ],
)
def test_what_makes_no_sense_of_a_model_is_refused(tmp_path: Path, entry: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        load(tmp_path, entry)
