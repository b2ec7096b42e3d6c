"""A search space as lines of Python: an objective for Optuna, a trainable for Ray Tune."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.judgement import styles
from optreview.judgement.literals import value_of
from optreview.judgement.styles import Call
from optreview.records import Setting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optreview.records import SearchRange

_TRIALS = 30


def optuna(call: Call, ranges: Sequence[SearchRange], values: Mapping[str, str | None]) -> str:
    """``build_model`` and ``train``, which returns the loss to lower, are the user's."""
    asked = {r.name: _suggested(r) for r in ranges}
    return "\n".join(
        [
            "import optuna",
            *_imports(call),
            "",
            "",
            "def objective(trial):",
            *_body(call, asked, values),
            "    return train(model, optimizer)",
            "",
            "",
            'study = optuna.create_study(direction="minimize")',
            f"study.optimize(objective, n_trials={_TRIALS})",
        ]
    )


def ray(call: Call, ranges: Sequence[SearchRange], values: Mapping[str, str | None]) -> str:
    """The same with Ray Tune."""
    asked = {r.name: f'config["{_label(r.name)}"]' for r in ranges}
    return "\n".join(
        [
            "from ray import tune",
            *_imports(call),
            "",
            "",
            "def trainable(config):",
            *_body(call, asked, values),
            '    tune.report({"loss": train(model, optimizer)})',
            "",
            "",
            "search_space = {",
            *(f'    "{_label(r.name)}": {_sampled(r)},' for r in ranges),
            "}",
            "tuner = tune.Tuner(",
            "    trainable,",
            "    param_space=search_space,",
            f'    tune_config=tune.TuneConfig(metric="loss", mode="min", num_samples={_TRIALS}),',
            ")",
            "results = tuner.fit()",
        ]
    )


def _imports(call: Call) -> list[str]:
    return [line for line in _built(call) if line.startswith(("import ", "from "))]


def _body(call: Call, asked: Mapping[str, str], values: Mapping[str, str | None]) -> list[str]:
    """Model and optimizer, with what is searched in place of what is recommended."""
    fixed = {s.name: s for s in call.settings}
    given = [*fixed, *(n for n in dict.fromkeys(_argument(name) for name in asked) if n not in fixed)]
    settings = tuple(_setting(name, fixed.get(name), asked, values) for name in given)
    lines = [
        line
        for line in _built(Call(**{**vars(call), "settings": settings}))
        if line and not line.startswith(("import ", "from "))
    ]
    return ["    model = build_model()", *(f"    {line}" for line in lines)]


def _built(call: Call) -> list[str]:
    text, _ = styles.style("torch").lines(call)
    return list(text)


def _setting(
    name: str, fixed: Setting | None, asked: Mapping[str, str], values: Mapping[str, str | None]
) -> Setting:
    if name in asked:
        return Setting(name=name, value=asked[name], reason="")
    items = value_of(values.get(name))
    if isinstance(items, tuple) and any(_argument(each) == name for each in asked):
        inner = ", ".join(asked.get(f"{name}[{place}]", repr(item)) for place, item in enumerate(items))
        return Setting(name=name, value=f"({inner})", reason="")
    return fixed or Setting(name=name, value=values.get(name) or "None", reason="")


def _suggested(one: SearchRange) -> str:
    label = _label(one.name)
    if one.choices:
        return f'trial.suggest_categorical("{label}", [{", ".join(one.choices)}])'
    kind = "int" if one.whole else "float"
    log = ", log=True" if one.log else ""
    return f'trial.suggest_{kind}("{label}", {one.low}, {one.high}{log})'


def _sampled(one: SearchRange) -> str:
    if one.choices:
        return f"tune.choice([{', '.join(one.choices)}])"
    high = str(int(one.high) + 1) if one.whole else one.high  # the end of whole numbers is not taken
    kind = ("lograndint" if one.log else "randint") if one.whole else ("loguniform" if one.log else "uniform")
    return f"tune.{kind}({one.low}, {high})"


def _argument(name: str) -> str:
    return name.partition("[")[0]


def _label(name: str) -> str:
    """``betas[1]`` as a name: ``beta2``."""
    argument, _, place = name.rstrip("]").partition("[")
    return f"{argument.removesuffix('s')}{int(place) + 1}" if place else argument
