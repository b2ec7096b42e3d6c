"""Figures as people read them, against strings written by hand."""

import pytest

from optreview.report import figures


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0×"),
        (1, "1.00×"),
        (2.00012, "2.00×"),
        (0.5, "0.50×"),
        (0.0114, "0.011×"),
        (0.0004, "under 0.001×"),
    ],
)
def test_ratios_keep_two_significant_digits(value, text):
    assert figures.times(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (36, "36 B"),
        (1023, "1023 B"),
        (1024, "1.00 KiB"),
        (-1536, "-1.50 KiB"),
        (7 * 2**30, "7.00 GiB"),
        (5000 * 2**40, "5000.00 TiB"),
    ],
)
def test_sizes_are_in_binary_units(value, text):
    assert figures.data_size(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (36, "36 B"),
        (475.39 * 2**20, "480 MiB"),
        (995 * 2**20, "1.0 GiB"),
        (1.49 * 2**30, "1.5 GiB"),
        (10.97 * 2**30, "11 GiB"),
        (-9.97 * 2**30, "-10 GiB"),
    ],
)
def test_an_estimate_has_two_digits(value, text):
    assert figures.rough_size(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 B"), (8, "8 B"), (8.5, "8.5 B"), (808.4566, "808.46 B"), (0.0461, "0.046 B")]
)
def test_bytes_a_parameter_have_no_idle_zeros(value, text):
    assert figures.per_parameter(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0%"), (1, "100%"), (0.999, "99%"), (0.001, "1%"), (0.666, "67%")]
)
def test_only_a_whole_reads_as_a_whole(value, text):
    assert figures.percent(value) == text


def test_words_agree_with_their_numbers():
    assert figures.count(1, "place") == "1 place"
    assert figures.count(0, "place") == "0 places"
    assert figures.count(2, "entry", "entries") == "2 entries"
    assert not figures.items([])
    assert figures.items(["a"]) == "a"
    assert figures.items(["a", "b", "c"]) == "a, b and c"
    assert figures.score(None) == "not measured"
    assert figures.score(7.04) == "7.0/10"
