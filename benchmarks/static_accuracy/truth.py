"""What the optimizers do: traced runs in the box, at the defaults and with every option that matters."""

from __future__ import annotations

import hashlib
from ast import literal_eval
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from optreview.evidence import static
from optreview.evidence.dynamic.client import Job, Limits, Runner
from optreview.evidence.options import SWITCHED_ON as GATE
from optreview.evidence.options import worth_measuring
from optreview.records import DynamicEvidence, Failure, Option

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from optreview.evidence.static import Candidate
    from optreview.records import Hyperparameter, StaticEvidence

#: Classes at a time.
AT_ONCE = 3
#: A value for a number that is off at its default: of the order of a decay rate.
SWITCHED_ON = "0.1"
#: Options that mean something only where there is weight decay.
ABOUT_DECAY = ("decay", "decouple")
#: Configurations of one class beyond which no more are run.
MOST = 64


@dataclass(frozen=True)
class Case:
    """One class: what its source was read as, and what it did; a failure where it could not be run."""

    evidence: StaticEvidence
    measured: DynamicEvidence | Failure


def cases(candidates: Sequence[Candidate], keep: Path | None) -> Iterator[Case]:
    """Read every class, run it, and yield both, in the order of the candidates."""
    read = [static.read(candidate) for candidate in candidates]  # here: a thread's stack is too small for it
    jobs = [_job(candidate, evidence) for candidate, evidence in zip(candidates, read, strict=True)]
    groups = [jobs[start::AT_ONCE] for start in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(lambda group: _run(group, keep), groups))
    for index, evidence in enumerate(read):
        yield Case(evidence, done[index % AT_ONCE][index // AT_ONCE])


def _job(candidate: Candidate, evidence: StaticEvidence) -> Job:
    return Job(
        target=candidate.target,
        files=tuple(source.file for source in evidence.sources),
        traces=configurations(evidence),
        only_traces=True,
        probes=("sparse_gradients",),
    )


def _run(jobs: Sequence[Job], keep: Path | None) -> list[DynamicEvidence | Failure]:
    with Runner(device="cpu", limits=Limits(wall_seconds=300)) as runner:
        return [_measured(runner, job, keep) for job in jobs]


def _measured(runner: Runner, job: Job, keep: Path | None) -> DynamicEvidence | Failure:
    """The result of a job, from the folder of those that are kept if it is there."""
    if keep is None:
        return runner.measure(job)
    path = keep / kept_name(job)
    if path.exists():
        with suppress(msgspec.DecodeError):
            return msgspec.json.decode(path.read_bytes(), type=DynamicEvidence)
        return msgspec.json.decode(path.read_bytes(), type=Failure)
    result = runner.measure(job)
    keep.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(result))
    return result


def kept_name(job: Job) -> str:
    """The file of a job's result: another one as soon as something else is asked."""
    asked = msgspec.json.encode((job.target.module, job.files, job.traces, job.probes))
    return f"{job.target.class_name}-{hashlib.sha256(asked).hexdigest()[:16]}.json"


def configurations(evidence: StaticEvidence) -> tuple[tuple[Option, ...], ...]:
    """The defaults, every option alone, those about weight decay with it, and all on the path not chosen."""
    choices = worth_measuring(evidence)
    off = {o.name for o in choices}
    numbers = [o for h in evidence.hyperparameters if h.name not in off for o in _switched_on(h)]
    alone: list[tuple[Option, ...]] = [(), *((o,) for o in (*choices, *numbers))]
    apart = [o for o in numbers if o.value == "False"]
    about = [o for o in choices if any(word in o.name for word in ABOUT_DECAY)]
    together: list[tuple[Option, ...]] = [
        (number, o) for number in numbers if "weight_decay" in number.name for o in about
    ]
    together += [(path, o) for path in apart for o in (*choices, *numbers) if o.name != path.name]
    gates = [o for o in choices if o.value == GATE]
    behind = [(gate, o) for gate in gates for o in choices if o.name != gate.name]
    together += behind
    together += [(path, *both) for path in apart for both in behind]
    return tuple((alone + together)[:MOST])


def _switched_on(hyperparameter: Hyperparameter) -> Iterator[Option]:
    """What is off: 0 or None where a number is meant, and None where a choice is left to the optimizer."""
    default, meant = hyperparameter.default, hyperparameter.annotation or ""
    with suppress(ValueError, SyntaxError):
        value = literal_eval(default or "")
        number = not isinstance(value, bool) and isinstance(value, int | float) and value == 0
        if number or (value is None and "float" in meant):
            yield Option(name=hyperparameter.name, value=SWITCHED_ON)
        elif value is None and "bool" in meant:
            yield Option(name=hyperparameter.name, value="True")
            yield Option(name=hyperparameter.name, value="False")
