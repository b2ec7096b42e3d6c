"""Steps on models, simulated and real, each course in a process of its own.

The self-check of a review runs both in one process, so that what the code caches is shared between them;
here neither knows of the other, and the real run draws other values than the rehearsal.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from optreview.evidence.dynamic import failures
from optreview.evidence.dynamic.scale.run import STEPS, Scene, on_shapes, really, rehearse
from optreview.evidence.dynamic.scale.tasks import accepted
from optreview.evidence.dynamic.trials.stage import takes
from optreview.evidence.dynamic.wire import Announce, Stepped
from optreview.evidence.dynamic.workloads import SEED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Literal

    from optreview.evidence.dynamic.examination import Examination
    from optreview.evidence.dynamic.plan import Plan
    from optreview.evidence.dynamic.wire import Compare
    from optreview.records import Failure


@dataclass
class Comparing:
    """A class, imported, about to be stepped on models."""

    examination: Examination
    request: Compare

    def run(self) -> None:
        """Drive it, then step it on every model along every path, sending each course.

        Raises:
            RefusalError: It cannot be driven.
        """
        plan, _ = self.examination.driven()
        courses = list(self._courses(plan))
        outcomes = self.examination.outcomes([each.taken for each in courses])
        for course in courses:
            self.examination.send(Announce(phase=course.doing))
            outcome = next(outcomes)
            if isinstance(outcome.message, Stepped):
                self.examination.send(outcome.message)
            else:
                name = self.examination.subject.qualified_name
                self.examination.send(course.failed(failures.crash(name, course.doing, outcome.status)))

    def _courses(self, plan: Plan) -> Iterator[_Course]:
        multi_tensor = takes(self.examination.subject.cls, "foreach")
        for model in self.request.job.models:
            scene = Scene(model=accepted(model, plan), options=self.request.job.options)
            yield from self._along(plan, scene, "default")
            if multi_tensor and model.name in self.request.foreach:
                yield from self._along(plan, replace(scene, implementation="foreach"), "foreach")

    def _along(self, plan: Plan, scene: Scene, path: Literal["default", "foreach"]) -> Iterator[_Course]:
        for draw in (*((None,) if self.request.simulated else ()), *self.request.draws):
            yield _Course(self.examination, plan, scene, path, draw)


@dataclass(frozen=True)
class _Course:
    examination: Examination
    plan: Plan
    scene: Scene
    path: Literal["default", "foreach"]
    draw: int | None

    @property
    def doing(self) -> str:
        return f"{'simulating' if self.draw is None else 'stepping'} on {self.scene.model.name}"

    def taken(self) -> Stepped:
        begun = time.process_time()
        try:
            levels = self._simulated() if self.draw is None else self._really(self.draw)
        except BaseException as error:  # noqa: BLE001 - reviewed code raises what it likes
            return self.failed(self.examination.explained(error, self.doing))
        return self._reply(levels=levels, seconds=time.process_time() - begun)

    def failed(self, failure: Failure) -> Stepped:
        return self._reply(failure=failure)

    @property
    def _reply(self) -> Callable[..., Stepped]:
        return partial(Stepped, model=self.scene.model.name, implementation=self.path, draw=self.draw)

    def _really(self, draw: int) -> tuple[tuple[int, int], ...]:
        other = replace(self.scene, seed=SEED + draw)
        course = really(self.examination.subject, self.plan, other, STEPS)
        return tuple((each.state, each.transient) for each in course.levels)

    def _simulated(self) -> tuple[tuple[int, int], ...]:
        subject = self.examination.subject
        rehearsal = rehearse(subject, self.plan, self.scene)
        levels = on_shapes(subject, self.plan, self.scene, *rehearsal[:2]).levels
        # What is not simulated is foretold to be as the first step of its kind.
        told = [levels[min(like, len(levels) - 1)] for like in rehearsal.likes[len(levels) :]]
        return tuple((each.state, each.transient) for each in (*levels, *told))
