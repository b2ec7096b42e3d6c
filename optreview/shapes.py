"""The user's own model, as a file that says the names and shapes of its parameters.

A safetensors file says so in its header (huggingface.co/docs/safetensors, "Format"): eight bytes with the
length of a JSON object, then the object; the tensors themselves are not read. A JSON file is an object of
names and shapes, or the index (``weight_map``) of a model that is split over safetensors files beside it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from optreview.errors import InputError
from optreview.records import ModelShapes, ModelTensor

if TYPE_CHECKING:
    from optreview.records.scale import Dtype

#: The format's own limit for a header, and more than any model has: in bytes, in tensors, in elements
#: along one dimension.
_LARGEST_HEADER, MOST_TENSORS, LARGEST_SIZE = 100_000_000, 200_000, 1 << 48
_DTYPES: dict[str, Dtype] = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
_STATISTICS = (".running_mean", ".running_var")
_Size = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_SIZE)]


class _Entry(msgspec.Struct):
    dtype: str
    shape: list[_Size]


def read(path: Path) -> ModelShapes:
    """The model that a file describes; a JSON file of names and shapes is of float32.

    What torch's normalisation layers keep (``running_mean``) is in the file and is no parameter.

    Raises:
        InputError: The file cannot be read as either format; the sentence says why.
    """
    try:
        entries = _safetensors(path) if path.suffix == ".safetensors" else _json(path)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error
    except msgspec.ValidationError as error:
        raise InputError(f"{path} does not hold names and shapes of tensors: {error}.") from error
    except msgspec.DecodeError as error:
        raise InputError(f"{path} is no JSON: {error}.") from error
    if not 0 < len(entries) <= MOST_TENSORS:
        raise InputError(f"{path} names {len(entries)} tensors; a model has 1 to {MOST_TENSORS:,}.")
    tensors = tuple(
        ModelTensor(name=name, shape=tuple(each.shape), dtype=_DTYPES[each.dtype])
        for name, each in entries.items()
        if each.dtype in _DTYPES and not name.endswith(_STATISTICS)
    )
    if not tensors:
        raise InputError(f"{path} names no tensor of a dtype that optimizers train.")
    return ModelShapes(name=path.stem, title=path.name, tensors=tensors)


def _safetensors(path: Path) -> dict[str, _Entry]:
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if length > _LARGEST_HEADER:
            raise InputError(f"{path} is no safetensors file: its header would be {length:,} bytes long.")
        header = stream.read(length)
    if not 0 < len(header) == length:
        raise InputError(f"{path} is no safetensors file, or is cut short: it ends within its header.")
    raw = msgspec.json.decode(header, type=dict[str, msgspec.Raw])
    return {
        name: msgspec.json.decode(entry, type=_Entry) for name, entry in raw.items() if name != "__metadata__"
    }


def _json(path: Path) -> dict[str, _Entry]:
    if path.stat().st_size > _LARGEST_HEADER:
        raise InputError(f"{path} is larger than any list of shapes.")
    raw = msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
    if "weight_map" in raw:
        files = sorted(set(msgspec.json.decode(raw["weight_map"], type=dict[str, str]).values()))
        return _parts(path.parent, files)
    shapes = {name: msgspec.json.decode(entry, type=list[_Size]) for name, entry in raw.items()}
    return {name: _Entry(dtype="F32", shape=shape) for name, shape in shapes.items()}


def _parts(folder: Path, files: list[str]) -> dict[str, _Entry]:
    found: dict[str, _Entry] = {}
    for file in files:
        if Path(file).name != file:
            raise InputError(f"The index names {json.dumps(file)}, which is not a file beside it.")
        found |= _safetensors(folder / file)
    return found
