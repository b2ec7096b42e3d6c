"""Is an option that it does not have refused, so that a typo is noticed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.session import BuildError
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, passed
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage

#: ``weight_decay`` with a letter too many.
_TYPO = "weight_deccay"


class UnknownOptionRejected(Probe):
    """Does the constructor refuse a keyword that it does not know?

    It is built once more, with ``weight_deccay=0.1``.
    """

    care = "medium"
    of_rest = True
    failing = "A typo in an option is swallowed, and training runs with the default instead."
    source = "https://github.com/meta-pytorch/botorch/pull/1645"

    def ask(self, stage: Stage) -> Answer:
        """Build it with a typo."""
        stage.trial(FEW)
        try:
            stage.trial(FEW, options={_TYPO: "0.1"})
        except BuildError as error:
            return passed(f"{_TYPO}=0.1 raised {stage.said(error)}.")
        return failed(f"{_TYPO}=0.1 was taken without a word.")
