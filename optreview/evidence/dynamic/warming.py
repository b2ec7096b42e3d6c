"""What the template does once, so that no child has to do it anew."""

from __future__ import annotations

import gc

import torch

from optreview.evidence.dynamic.memory.ledger import Ledger
from optreview.evidence.dynamic.memory.traffic import Traffic
from optreview.evidence.dynamic.workloads import SMALL, bench


def warm_up() -> None:
    """Do now what the first steps would do in every child anew: import torch._dynamo, fill torch's tables.

    One thread from here on: a fork after a parallel operation hangs. There is no backward pass, for which
    torch would begin threads where there is a CUDA device.
    """
    gc.freeze()  # to look for garbage among all that was imported takes ten times as long as the rest of this
    torch.set_num_threads(1)
    stage = bench(SMALL, dtype=torch.float32, device="cpu", batches=1)
    stage.loss(0)
    parameters = [*stage.parameters.values()]
    for parameter in parameters:
        parameter.grad = torch.zeros_like(parameter)
    optimizer = torch.optim.AdamW(parameters)
    ledger = Ledger()
    ledger.traffic = Traffic(parameters)
    with ledger:
        optimizer.step()
    gc.collect()
    gc.freeze()
    gc.enable()
