"""What ``check --calibrate`` prints: the range of each figure that was not always the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from optreview.report import figures
from optreview.report.escaping import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.cli.progress import Watcher
    from optreview.gate.calibrate import Calibration
    from optreview.gate.measuring import How
    from optreview.records import Tolerance

STEADY, UNSTEADY, NOT_MEASURED = 0, 1, 3


def run(times: int, targets: tuple[str, ...], tolerance: Tolerance, how: How, watcher: Watcher) -> int:
    """Measure, print, and say whether unchanged code would be called worse."""
    from optreview.gate.calibrate import calibrate  # noqa: PLC0415 - the help needs none of it

    found = calibrate(times, targets, tolerance, how, watcher)
    for line in _told(found):
        click.echo(line)
    if found.verdicts or any(each.beyond for each in found.ranges):
        return UNSTEADY
    return NOT_MEASURED if found.unmeasured else STEADY


def _told(found: Calibration) -> Iterator[str]:
    for each in sorted(found.ranges, key=lambda range_: (range_.least - range_.most, range_.optimizer)):
        least, most = figures.per_parameter(each.least), figures.per_parameter(each.most)
        where = f"{plain(each.optimizer)}, {each.run}, {each.figure}"
        yield f"{where}: {least} to {most} per parameter{', beyond the tolerance' if each.beyond else ''}"
    for name, what, verdicts in found.verdicts:
        yield f"{plain(name)}, {what}: {', '.join(verdicts)}"
    for name, why in found.unmeasured:
        yield f"not measured each time: {plain(name)}: {plain(why)}"
    steady = found.figures - len(found.ranges)
    counted = figures.count(found.optimizers, "optimizer")
    alike = f"{steady} of {found.figures} figures were always the same"
    yield f"{counted}, each measured {found.times} times: {alike}."
