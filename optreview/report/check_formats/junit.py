"""JUnit's XML, which GitLab, Jenkins and others show: a test case for each optimizer."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from optreview.report.check_formats import _words
from optreview.report.check_formats._problems import problems
from optreview.report.escaping import plain
from optreview.report.paths import from_root

if TYPE_CHECKING:
    from optreview.records import Check, CheckedClass
    from optreview.records.gate import ClassVerdict

_NAME = "optreview check"
#: The element of each verdict; what has none passes. What cannot be compared is not worse, and is skipped.
_ELEMENTS: dict[ClassVerdict, str] = {
    "worse": "failure",
    "not-measured": "error",
    "incomparable": "skipped",
    "removed": "skipped",
}


def render(check: Check) -> str:
    """The document, indented, ending in one newline."""
    cases = [_case(check.prefix, each) for each in check.optimizers]
    elements = [_ELEMENTS.get(each.verdict) for each in check.optimizers]
    counts = {
        "tests": str(len(cases)),
        "failures": str(elements.count("failure")),
        "errors": str(elements.count("error")),
        "skipped": str(elements.count("skipped")),
    }
    suites = ET.Element("testsuites", {"name": _NAME, **counts})
    suite = ET.SubElement(suites, "testsuite", {"name": _NAME, **counts})
    properties = ET.SubElement(suite, "properties")
    for name, value in (("torch", check.torch), ("device", check.device)):
        ET.SubElement(properties, "property", {"name": name, "value": plain(value)})
    suite.extend(cases)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _case(prefix: str, each: CheckedClass) -> ET.Element:
    module, _, name = plain(each.optimizer).rpartition(":")
    case = ET.Element("testcase", {"classname": module, "name": name})
    if each.defined is not None:
        case.set("file", plain(from_root(prefix, each.defined.file)))
        case.set("line", str(each.defined.line))
    told = "\n".join(_words.block(each))
    if element := _ELEMENTS.get(each.verdict):
        kinds = [problem.rule for problem in problems(each)] or [each.verdict]
        message = [problem.sentence for problem in problems(each)] or [*map(plain, each.reasons)]
        found = ET.SubElement(case, element, {"type": kinds[0], "message": " ".join(message[:1])})
        found.text = told
    elif told:
        ET.SubElement(case, "system-out").text = told
    return case
