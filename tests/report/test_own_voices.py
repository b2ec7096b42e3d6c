"""A user's own voice: what it lacks is the plain one's, what is wrong in it is told with file and line."""

import markdown_it
import pytest

from optreview.errors import InputError
from optreview.report import store
from optreview.report.delivery import Delivery
from optreview.report.formats import markdown
from optreview.report.store import ClassName
from optreview.report.voices import finding, folders
from tests import samples
from tests.report.test_page import headings, review

HOSTILE = "<b>x</b> **y** `z` | [a](javascript:b)"


def voice(folder, **templates):
    """A voice from the text of its templates, whose names have two underscores for the slash."""
    for name, text in templates.items():
        path = folder / (name.replace("__", "/") + ".md.j2")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return finding.find(str(folder))


def page(own, evidence=None):
    return markdown.render(review(evidence or samples.evidence()), own)


def test_one_block_is_replaced_and_the_rest_is_the_plain_voices(tmp_path):
    text = (
        '{% extends "plain/sections/12_recommendation.md.j2" %}{% block disclaimer %}\nMine.\n{% endblock %}'
    )
    own, plain = page(voice(tmp_path, sections__12_recommendation=text)), page(folders.plain())
    assert own.endswith("## Disclaimer\n\nMine.\n")
    assert own.splitlines()[:-1] == plain.splitlines()[:-1]


def test_sections_and_parts_are_replaced_added_and_left_out(tmp_path):
    own = voice(
        tmp_path,
        sections__02_overview="## In my words\n\n{% include 'sections/_verdict.md.j2' %}",
        sections___verdict="Final: {{ judged.final.value|score }}",
        sections__08_novelty="",
        sections__13_more="## More of {{ subject.class_name|code }}\n",
        asides__memory="One of {{ memory.state_over_adamw|times }}.",
    )
    text = page(own)
    assert headings(text)[1] == "In my words"
    assert headings(text)[-1] == "More of `Toy`"
    assert "Novelty Score" not in headings(text)
    assert "---\n\n---" not in text
    assert "Final: " in text
    assert " One of 0.50×.\n" in text


@pytest.mark.parametrize(
    "printed",
    [
        "{{ x }}",
        "{{ x|prose }}",
        "{{ x|code }}",
        "{{ x|code|cell }}",
        "{{ x|safe }}",
        "{{ '{}'.format(x) }}",
        "{{ ('{}'|code).format(x) }}",
        "{{ ('{a}'|code).format_map({'a': x}) }}",
        "{{ '%s'|format(x) }}",
        "{% autoescape true %}{{ x }}{% endautoescape %}",
        "{% set y %}{{ x }}{% endset %}{{ y }}",
        "{% macro m(y) %}{{ y }}{% endmacro %}{{ m(x) }}",
        "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ x }}{% endcall %}",
        "{{ [x, 'a']|join(', ') }}",
        "{{ x|escape|replace('&lt;', '<') }}",
        "{{ aside('memory', y=x) }}",
    ],
)
def test_whatever_a_template_does_with_text_of_the_source_it_is_printed_escaped(tmp_path, printed):
    text = "{% set x = static.summary %}" + printed
    own = voice(tmp_path, sections__02_overview=text, asides__memory="{{ y if y is defined }}")
    evidence = samples.evidence(static=samples.static(summary=HOSTILE))
    shown = page(own, evidence).partition("---\n\n")[2].partition("---\n\n## Detailed Explanation")[0]
    tokens = markdown_it.MarkdownIt("commonmark").enable("table").parse(shown)
    inline = {child.type for token in tokens for child in token.children or ()}
    assert "x" in shown
    assert inline <= {"text", "text_special", "code_inline", "softbreak"}
    assert {token.type for token in tokens} <= {"paragraph_open", "inline", "paragraph_close"}


BLOCK = '\n{% extends "plain/sections/05_memory.md.j2" %}\n{% block x %}{% endblock %}'
FAULTS = [
    ("sections/05_memory", "\n\n{{ memry.x }}", 3, "'memry' is undefined"),
    ("sections/05_memory", "{% if %}", 1, "Expected an expression"),
    ("sections/05_memory", "x\n{% include 'sections/_none.md.j2' %}", 2, "there is no template"),
    ("sections/05_memory", "x\n{{ ''.__class__.__mro__ }}", 2, "'__class__' of 'str' object is unsafe"),
    ("sections/05_memory", "{{ at.__globals__ }}", 1, "unsafe"),
    ("sections/05_memory", "{{ ''|attr('__class__') }}", 1, "unsafe"),
    ("sections/05_memory", "{% filter upper %}{{ static.summary }}{% endfilter %}", 1, "filter block"),
    ("sections/05_memory", "{{ 1 / 0 }}", 1, "division by zero"),
    ("sections/05_memory", "{% include 'sections/05_memory.md.j2' %}", 1, "without an end"),
    ("sections/05_memry", "x", 1, "05_memory.md.j2 has the number 05"),
    (
        "sections/_x",
        '\n{% extends "plain/sections/05_memory.md.j2" %}\n{% block x %}{% endblock %}',
        3,
        "no block 'x'",
    ),
    ("asides/memry", "x", 1, "did you mean 'memory'?"),
    ("asides/memory", "\n{{ nothing }}", 2, "'nothing' is undefined"),
]


@pytest.mark.parametrize(("name", "text", "line", "reason"), FAULTS)
def test_a_fault_is_a_sentence_with_file_and_line(tmp_path, name, text, line, reason):
    with pytest.raises(InputError) as raised:
        page(voice(tmp_path, **{name.replace("/", "__"): text}))
    told = str(raised.value)
    assert f"{tmp_path / name}.md.j2, line {line}: " in told
    assert reason in told
    assert told.endswith((".", "?"))


def test_what_is_no_voice_is_said(tmp_path):
    with pytest.raises(InputError, match="did you mean 'playful'"):
        finding.find("playfull")
    with pytest.raises(InputError, match="there are plain, playful"):
        finding.find(str(tmp_path / "none"))
    with pytest.raises(InputError, match="is no voice"):
        finding.find(str(tmp_path))
    (tmp_path / "sections").mkdir()
    (tmp_path / "sections" / "05_memory.md").write_text("x")
    with pytest.raises(InputError, match="is no voice"):
        finding.find(str(tmp_path))


def test_a_template_leads_nowhere_out_of_its_folder(tmp_path):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "own" / "sections").mkdir(parents=True)
    (tmp_path / "own" / "sections" / "02_overview.md.j2").symlink_to(tmp_path / "secret")
    with pytest.raises(InputError, match="leads out of the voice's folder"):
        finding.find(str(tmp_path / "own"))
    with pytest.raises(InputError, match="there is no template"):
        page(voice(tmp_path / "other", sections__02_overview="{% include '../secret' %}"))


def test_a_page_in_another_voice_stands_beside_the_plain_one(tmp_path):
    own = voice(tmp_path / "my voice", sections__02_overview="## Mine\n")
    names = [ClassName.of(review(samples.evidence()).evidence.static.subject)]
    for each in (folders.plain(), folders.shipped("playful"), own):
        delivery = Delivery(tmp_path / "out", force=False, voice=each)
        delivery.reserve(names)
        delivery.deliver(review(samples.evidence()))
    made = tmp_path / "out" / "toy"
    assert sorted(path.name for path in made.iterdir()) == [
        "Toy.json",
        "Toy.md",
        "Toy.my_voice.md",
        "Toy.playful.md",
    ]
    assert list(store.pages(made / "Toy.json")) == ["plain", "my_voice", "playful"]


def test_the_record_is_kept_when_the_page_cannot_be_written(tmp_path):
    own = voice(tmp_path / "own", sections__02_overview="{{ nothing }}")
    delivery = Delivery(tmp_path, force=False, voice=own)
    delivery.reserve([ClassName.of(review(samples.evidence()).evidence.static.subject)])
    with pytest.raises(InputError, match="line 1: 'nothing' is undefined"):
        delivery.deliver(review(samples.evidence()))
    assert store.load(tmp_path / "toy" / "Toy.json") == review(samples.evidence())
