"""Measure optimizers in the box. This is the dynamic half's front door; it imports no torch.

``Runner`` starts the template process without waiting for it, so that ``import torch`` there overlaps with
whatever the caller does meanwhile.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import msgspec

from optreview.evidence.dynamic import at_scale, dtypes, failures
from optreview.evidence.dynamic.assembling import Beside, assembled, dtype_runs
from optreview.evidence.dynamic.exchange import Transcript, exchange
from optreview.evidence.dynamic.listing import told
from optreview.evidence.dynamic.remembering import Remembered
from optreview.evidence.dynamic.template import TemplateLostError, TemplateProcess
from optreview.evidence.dynamic.unchanged import Course, course
from optreview.evidence.dynamic.verify import contradiction
from optreview.evidence.dynamic.verify_scale import plausible
from optreview.evidence.dynamic.verify_tried import tells_of
from optreview.evidence.dynamic.wire import (
    Compare,
    Describe,
    Described,
    Device,
    Driven,
    Enumerate,
    Enumerated,
    Follow,
    Job,
    Limits,
    Measure,
    Ran,
    Reference,
    Referred,
    Rehearse,
    Rehearsed,
    Scaled,
    ScaleReference,
    Script,
    Setup,
    Stepped,
)
from optreview.records import Failure, MemoryRun, Tried

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from optreview.evidence.dynamic.wire import Entry, Ready, Reply, Work
    from optreview.records import (
        DtypeRun,
        DynamicEvidence,
        ModelShapes,
        ScaleRun,
        Target,
        Workload,
    )
    from optreview.records.baseline import Gauged
    from optreview.store import Store

__all__ = ["Device", "Job", "Limits", "Runner", "Script"]


class Runner:
    """Runs jobs one after the other, each in a fresh boxed child; a context manager.

    Args:
        device: Where to measure; ``auto`` takes CUDA when there is a CUDA device.
        limits: What one job may use.
        simulates: Jobs will name models to simulate on; the template then prepares for it.
        native: Use the processor's own kernels, for time; bytes may then differ between machines.
        store: Where it is kept what AdamW came to; None to measure it anew in every process.
    """

    def __init__(
        self,
        *,
        device: Device = "auto",
        limits: Limits | None = None,
        simulates: bool = False,
        native: bool = False,
        store: Store | None = None,
    ) -> None:
        home = os.path.realpath(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() may raise
        self._setup = Setup(
            device=device, limits=limits or Limits(), home=home, simulates=simulates, native=native
        )
        self._template: TemplateProcess | None = None
        self._remembered = Remembered(self._setup, store)

    def __enter__(self) -> Self:
        with suppress(TemplateLostError):  # the first job will say so
            self._template = TemplateProcess(self._setup)
        return self

    def __exit__(self, *raised: object) -> None:
        self._drop_template()
        self._remembered.close()

    def dismiss(self) -> None:
        """No job will follow: the template ends beside what is still to do, and leaving waits for it."""
        if self._template is not None:
            self._template.dismiss()

    @property
    def limits(self) -> Limits:
        """What one job may use."""
        return self._setup.limits

    @property
    def process_id(self) -> int | None:
        """The template's process, while there is one."""
        return self._template.process_id if self._template else None

    @property
    def folder(self) -> Path | None:
        """The folder for everything temporary, while there is a template."""
        return self._template.folder if self._template else None

    def measure(
        self, job: Job, *, on_phase: Callable[[str], None] | None = None
    ) -> DynamicEvidence | Failure:
        """Run one job; whatever the reviewed code does, the result is a value.

        Args:
            job: The class and the options to flip.
            on_phase: Called with each phase that begins, such as ``running in bfloat16``.

        Returns:
            The evidence, or, when nothing could be measured, the reason.
        """
        found = self.gauge(job, on_phase=on_phase)
        return found if isinstance(found, Failure) else found.evidence

    def gauge(self, job: Job, *, on_phase: Callable[[str], None] | None = None) -> Gauged | Failure:
        """The same, with how state is divided among families of shapes."""
        name = f"{job.target.module}:{job.target.class_name}"
        answered = self.ask(Measure(job=job), on_phase)
        return self._gauged(job, name, *answered) if answered else failures.lost(name)

    def compare(self, request: Compare) -> tuple[tuple[Stepped, ...], Failure | None]:
        """Step one class on the job's models, simulated and real; the second is what cut it short."""
        name = f"{request.job.target.module}:{request.job.target.class_name}"
        answered = self.ask(request, None)
        if answered is None:
            return (), failures.lost(name)
        _, transcript = answered
        if transcript.ending == "garbled":
            return (), failures.forged(name)
        stepped = tuple(r for r in transcript.replies if isinstance(r, Stepped))
        problems = failures.met(name, transcript, partly=bool(stepped))
        return stepped, problems[0] if problems else None

    def describe(self, target: Target, batches: tuple[int, ...] = ()) -> Described | Failure:
        """Call what the target names, in the box, and list the parameters of the model that it gives.

        Where it gives batches as well, activations are counted for these sizes.
        """
        found = told(target.spec, self.ask(Describe(target=target, batches=batches), None), Described)
        if isinstance(found, Failure) or plausible(found, batches):
            return found
        return failures.forged(target.spec)

    def enumerate(self, target: Target) -> tuple[Entry, ...] | Failure:
        """Import the registry that the target names, in the box, and list the optimizers that it holds."""
        found = told(target.spec, self.ask(Enumerate(target=target), None), Enumerated)
        return found if isinstance(found, Failure) else found.entries

    def rehearse(self, target: Target, step: str, scripts: tuple[Script, ...]) -> tuple[Tried, ...]:
        """Run recommended lines in the box; whatever becomes of them, there is an answer for each."""
        name = f"{target.module}:{target.class_name}"
        found = told(name, self.ask(Rehearse(target=target, step=step, scripts=scripts), None), Rehearsed)
        if not isinstance(found, Failure):
            if tells_of(found.tried, scripts):
                return found.tried
            found = failures.forged(name)
        return tuple(Tried(text=s.text, outcome="failed", reason=found.message) for s in scripts)

    def ask(self, request: Work, on_phase: Callable[[str], None] | None) -> tuple[Ready, Transcript] | None:
        """What the template is, and what its child said; None when it was lost."""
        try:
            ready = self._started().ready()
            transcript = exchange(self._started(), request, self._setup.limits, on_phase)
        except TemplateLostError:
            self._drop_template()
            return None
        except BaseException:
            self._drop_template()
            raise
        if transcript.template_lost:
            self._drop_template()
        return ready, transcript

    def follow(
        self,
        request: Follow,
        *,
        instead: Mapping[str, bytes] | None = None,
        on_phase: Callable[[str], None] | None = None,
    ) -> Course:
        """Run one class in many settings and note, step by step, what became of everything it touches.

        Args:
            request: The class, and the options to set.
            instead: What to import in place of files, by path; the files stay as they are.
            on_phase: Called with each phase that begins.
        """
        name = f"{request.job.target.module}:{request.job.target.class_name}"
        texts: Path | None = None
        try:
            template = self._started()
            template.ready()
            if instead:
                texts = template.folder / "instead.json"
                texts.write_bytes(msgspec.json.encode(dict(instead)))
                request = msgspec.structs.replace(request, instead=str(texts))
            transcript = exchange(template, request, self._setup.limits, on_phase)
        except TemplateLostError:
            self._drop_template()
            return Course(None, (), failures.lost(name))
        except BaseException:
            self._drop_template()
            raise
        finally:
            if texts is not None:
                texts.unlink(missing_ok=True)
        if transcript.template_lost:
            self._drop_template()
        return course(name, transcript)

    def _gauged(self, job: Job, name: str, ready: Ready, transcript: Transcript) -> Gauged | Failure:
        if transcript.ending == "garbled" or contradiction(transcript.replies, job, ready.environment.device):
            return failures.forged(name)
        driven = next((r for r in transcript.replies if isinstance(r, Driven)), None)
        ran = any(isinstance(r, Ran) for r in transcript.replies)
        problems = failures.met(name, transcript, partly=ran)
        if driven is None or not ran:
            return problems[0] if problems else failures.forged(name)
        self._remembered.device = ready.environment.device
        further = dtype_runs(transcript.replies)
        beside = Beside(
            runs=self._reference(_request(driven.workload)),
            dtypes=self._dtype_references(further),
            scale=at_scale.evidence(job, transcript.replies, self._scale_reference),
        )
        return assembled(ready, driven, transcript.replies, problems, beside)

    def _dtype_references(self, runs: tuple[DtypeRun, ...]) -> tuple[MemoryRun, ...]:
        """AdamW's default path in the further dtypes, on the tensors that they were tried on."""
        if not runs:
            return ()
        return self._reference(
            Reference(workload=runs[0].workload, omitted=runs[0].omitted, dtypes=dtypes.FURTHER, paths=False)
        )

    def _reference(self, request: Reference) -> tuple[MemoryRun, ...]:
        """AdamW on the same tensors, measured once for each choice of them."""
        return tuple(run for r in self._once(request) if isinstance(r, Referred) for run in r.runs)

    def _scale_reference(self, model: ModelShapes) -> tuple[ScaleRun, ...]:
        """AdamW simulated on the model, once for each choice of its tensors."""
        return tuple(r.run for r in self._once(ScaleReference(model=model)) if isinstance(r, Scaled))

    def _once(self, request: Reference | ScaleReference) -> tuple[Reply, ...]:
        """What is said of AdamW, asked once; nothing where the template is lost, and then asked again."""
        known = self._remembered.get(request)
        if known is not None:
            return known
        try:
            transcript = exchange(self._started(), request, self._setup.limits, None)
        except TemplateLostError:
            self._drop_template()
            return ()
        return self._remembered.put(request, transcript)

    def _started(self) -> TemplateProcess:
        """The template, started anew when the last one was lost."""
        if self._template is None:
            self._template = TemplateProcess(self._setup)
            self._template.ready()
        return self._template

    def _drop_template(self) -> None:
        if self._template is not None:
            self._template.close()
            self._template = None


def _request(workload: Workload) -> Reference:
    return Reference(workload=workload.name, omitted=tuple(t.name for t in workload.omitted))
