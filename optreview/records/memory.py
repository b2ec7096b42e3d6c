"""What one run came to: bytes by holder, and what a failure is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from optreview.records.common import Location, Record

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Memory of Python's side: NumPy arrays, mapped files, byte strings, typed arrays, Python numbers.
HostKind = Literal["numpy", "mmap", "bytes", "array", "numbers"]
#: Parameters by their dimensions: none or one, two, and more. An embedding is a matrix by its shape.
Family = Literal["conv", "matrix", "vector"]


def family(shape: Sequence[int]) -> Family:
    """The family that a parameter of this shape belongs to."""
    if len(shape) == _MATRIX:
        return "matrix"
    return "conv" if len(shape) > _MATRIX else "vector"


_MATRIX = 2


class Option(Record, frozen=True, kw_only=True):
    """One hyperparameter set away from its default; ``value`` is Python source text."""

    name: str
    value: str


class TensorShape(Record, frozen=True, kw_only=True):
    """A parameter tensor of a workload."""

    name: str
    shape: tuple[int, ...]


class Creation(Record, frozen=True, kw_only=True):
    """Bytes of a buffer by the line that made them: the package's innermost expression at that moment."""

    location: Location
    bytes: int


class BufferMemory(Record, frozen=True, kw_only=True):
    """Measured bytes of one state key, summed over the parameter tensors, each storage counted once.

    Attributes:
        key: Path in the optimizer's state, such as ``exp_avg``, or ``hidden:`` and where it is kept instead:
            ``hidden:_buffer`` on the optimizer, ``hidden:closure of f: buffer``, ``hidden:parameter.shadow``,
            ``hidden:module a.b: CACHE``, ``hidden:lru_cache of f``, ``hidden:generator f: buffer`` …
        bytes: Storage bytes.
        tensors: Number of tensors found under the key.
        dtypes: Inner dtypes, sorted.
        like_parameter: How many of those tensors have exactly their parameter's shape.
        scalars: How many hold a single element.
        numbers: How many entries are Python numbers rather than tensors (they hold no tensor bytes).
        created: Lines of the package's files that made them, sorted; the rest was made elsewhere, such as by
            autograd or by NumPy.
    """

    key: str
    bytes: int
    tensors: int
    dtypes: tuple[str, ...]
    like_parameter: int
    scalars: int
    numbers: int = 0
    created: tuple[Creation, ...] = ()


class Share(Record, frozen=True, kw_only=True, order=True):
    """Bytes of a buffer that belong to parameters of one family of shapes; single elements do not count."""

    key: str
    family: Family
    bytes: int


class HostBuffer(Record, frozen=True, kw_only=True):
    """Memory of Python's side that the optimizer holds and no tensor shares.

    Attributes:
        path: Where it is kept, as in the key of a buffer.
        bytes: Exact bytes; None for Python numbers, which have no size of their own.
        items: How many arrays, files or strings, or how many numbers.
    """

    path: str
    kind: HostKind
    bytes: int | None
    items: int


class StepCost(Record, frozen=True, kw_only=True):
    """What the operations of one step move and make, counted from shapes and dtypes.

    Attributes:
        bytes_read: Bytes of the tensors that operations read. Views and changes of shape read nothing.
        bytes_written: Bytes of the tensors that operations write, new ones and those written in place.
        full_size: New tensors with as many elements as a parameter of two or more dimensions.
        full_size_bytes: Their bytes.
    """

    bytes_read: int
    bytes_written: int
    full_size: int
    full_size_bytes: int

    @property
    def bytes_moved(self) -> int:
        """Read and written together."""
        return self.bytes_read + self.bytes_written


class MemoryRun(Record, frozen=True, kw_only=True):
    """One optimizer, one dtype, one configuration: bytes after ``steps`` steps.

    Attributes:
        optimizer: Qualified name, so that reference runs stand beside the subject's.
        implementation: ``default``, ``for-loop``, ``foreach`` or ``fused``: what was asked for.
        state_bytes: Live bytes that appeared since construction began, less parameters and gradients;
            every storage counted once. ``declared_bytes`` of it are reachable from ``optimizer.state``.
        hidden_bytes: ``state_bytes - declared_bytes``.
        host: What is held in Python besides tensors, sorted; no byte of it is in ``state_bytes``.
        first_transient_bytes: Peak live bytes inside the first step above what is live when it ends.
        steady_transient_bytes: The same for the last step.
        operations: aten operations dispatched by the last step.
        host_syncs: Reads from tensor to Python scalar in the last step.
        series: ``state_bytes`` after each step.
        trajectory: Hash of the final parameters, to tell whether an option changed anything.
        finite: All final parameters are finite.
        moved_at: First step after which a parameter had changed, or None.
        gradients_mutated: A gradient's values differed after the step, in any step.
        cost: What the last step moves; None in records made before version 1.2 of the schema.
        kernel_internal_bytes: What CUDA's allocator counts in the last step's peak beyond the live tensors:
            memory that kernels take and free inside. None on the CPU, where nobody counts it.
        late_operations: Operations of each of the last steps, and ``late_moved``: the bytes that each moves;
            both empty where all of them are alike.
    """

    optimizer: str
    dtype: str
    device: str
    implementation: Literal["default", "for-loop", "foreach", "fused"]
    options: tuple[Option, ...]
    steps: int
    parameter_bytes: int
    state_bytes: int
    declared_bytes: int
    hidden_bytes: int
    buffers: tuple[BufferMemory, ...]
    first_transient_bytes: int
    steady_transient_bytes: int
    operations: int
    host_syncs: int
    series: tuple[int, ...]
    trajectory: str
    finite: bool
    moved_at: int | None
    gradients_mutated: bool
    cost: StepCost | None = None
    host: tuple[HostBuffer, ...] = ()
    kernel_internal_bytes: int | None = None
    late_operations: tuple[int, ...] = ()
    late_moved: tuple[int, ...] = ()

    @property
    def peak_transient_bytes(self) -> int:
        """The larger of the two peaks: what has to fit."""
        return max(self.first_transient_bytes, self.steady_transient_bytes)


class Failure(Record, frozen=True, kw_only=True):
    """Why something could not be run: a class of failure, and one sentence for people.

    Attributes:
        kind: Stable name, such as ``import-failed``, ``build-failed``, ``timeout``, ``memory-limit``,
            or ``oversized``, where the limit was met on the larger model only.
        message: One sentence; text that came from the reviewed code is quoted in it and untrusted.
        missing_package: The distribution to install, when that is the remedy.
    """

    kind: str
    message: str
    missing_package: str | None = None
