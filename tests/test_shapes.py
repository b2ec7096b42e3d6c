"""The user's model as a file: what is read, and what is refused with a sentence."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import save_file

from optreview import shapes
from optreview.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def safetensors(path: Path, header: object, *, length: int | None = None) -> Path:
    """A file with this header and no tensors, written by hand from the format's description."""
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text)
    return path


def entry(dtype: str, *shape: int) -> dict[str, object]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [0, 0]}


def test_a_safetensors_header_gives_names_shapes_and_dtypes(tmp_path: Path) -> None:
    header = {
        "__metadata__": {"format": "pt"},
        "a.weight": entry("BF16", 4096, 11008),
        "norm.weight": entry("F32", 4096),
        "position_ids": entry("I64", 1, 512),
        "bn.running_mean": entry("F32", 64),
    }
    model = shapes.read(safetensors(tmp_path / "mine.safetensors", header))
    assert [(t.name, t.shape, t.dtype) for t in model.tensors] == [
        ("a.weight", (4096, 11008), "bfloat16"),
        ("norm.weight", (4096,), "float32"),
    ]
    assert (model.name, model.title) == ("mine", "mine.safetensors")
    assert model.dtypes == ("bfloat16", "float32")


def test_a_file_of_the_library_is_read(tmp_path: Path) -> None:
    path = tmp_path / "real.safetensors"
    save_file({"w": torch.zeros(3, 5, dtype=torch.float16), "b": torch.zeros(5)}, path)
    assert {(t.name, t.shape, t.dtype) for t in shapes.read(path).tensors} == {
        ("w", (3, 5), "float16"),
        ("b", (5,), "float32"),
    }


def test_an_index_joins_the_files_beside_it(tmp_path: Path) -> None:
    safetensors(tmp_path / "part-1.safetensors", {"a": entry("F16", 2, 3)})
    safetensors(tmp_path / "part-2.safetensors", {"b": entry("F16", 7)})
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "part-1.safetensors", "b": "part-2.safetensors"}}))
    assert {t.name: t.shape for t in shapes.read(index).tensors} == {"a": (2, 3), "b": (7,)}


def test_names_and_shapes_alone_are_of_float32(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"w": [10, 20], "scale": []}')
    assert [(t.name, t.shape, t.dtype) for t in shapes.read(path).tensors] == [
        ("w", (10, 20), "float32"),
        ("scale", (), "float32"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.safetensors", b"", "ends within its header"),
        ("a.safetensors", b"\xff" * 16, "header would be"),
        ("a.safetensors", struct.pack("<Q", 50) + b"{}", "ends within its header"),
        ("a.safetensors", struct.pack("<Q", 9) + b'{"a": 12}', "names and shapes"),
        ("a.json", b"not json", "no JSON"),
        ("a.json", b"[]", "names and shapes"),
        ("a.json", b"{}", "0 tensors"),
        ("a.json", b'{"w": [-1]}', "names and shapes"),
        ("a.json", b'{"w": [1e30]}', "names and shapes"),
        ("a.json", b'{"w": ["x"]}', "names and shapes"),
        ("a.json", b'\xff{"w": [1]}', "a.json"),
        ("a.json", b'{"weight_map": {"w": "../../etc/passwd"}}', "not a file beside"),
        ("a.json", b'{"weight_map": {"w": "missing.safetensors"}}', "cannot be read"),
        ("a.json", b'{"weight_map": [1]}', "names and shapes"),
    ],
)
def test_what_is_no_list_of_shapes_is_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        shapes.read(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "no.json", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            shapes.read(path)


def test_integers_alone_are_nothing_to_train(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no tensor of a dtype"):
        shapes.read(safetensors(tmp_path / "a.safetensors", {"ids": entry("I64", 4)}))
