"""``python -m benchmarks.claims``: the claims of two pages, verified without optreview; writes CLAIMS.md.

Ends with 1 where a sentence that our own figures give is not on the page, or one that was read is gone.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

from benchmarks.claims import computed, source

_HERE = Path(__file__).parent
_PAGES = {"AdaBelief": computed.adabelief, "A2Grad": computed.a2grad}


def _head(folder: Path) -> str:
    """The comparison with the reviews written by hand, with the scores of the pages."""
    text = (_HERE / "head.md").read_text(encoding="utf-8")
    for name in _PAGES:
        page = (folder / f"{name}.md").read_text(encoding="utf-8")
        for title, value in re.findall(r"^(?:## |\*\*)([\w ]+) Score: ([\d.]+)/10", page, re.MULTILINE):
            text = text.replace(f"{{{name} {title}}}", value)
    return text


def main(folder: Path) -> int:
    """Both pages; the number of claims that do not hold is above zero."""
    parts = [_head(folder)]
    wrong = 0
    for name, claims in _PAGES.items():
        page = (folder / f"{name}.md").read_text(encoding="utf-8")
        read = tomllib.loads((_HERE / "read.toml").read_text(encoding="utf-8"))[name]
        lines = [
            "| Section | Claim | Evidence on the page | How it was verified | Verdict |",
            "|---|---|---|---|---|",
        ]
        tally = {"true": 0, "imprecise": 0, "false": 0, "gone": 0}
        found = [(each, "true") for each in (*claims(), *source.of(name, page))]
        found = list(dict.fromkeys(found))
        found += [
            (computed.Claim(e["section"], e["quote"], e["evidence"], e["how"]), e["verdict"]) for e in read
        ]
        for claim, verdict in found:
            there = claim.quote in page
            said = verdict if there else "gone" if any(claim.quote == e["quote"] for e in read) else "false"
            tally[said] += 1
            cells = (claim.section, claim.quote, claim.evidence, claim.how, said)
            lines.append("| " + " | ".join(each.replace("|", "\\|").strip() for each in cells) + " |")
        wrong += tally["false"] + tally["gone"]
        counts = ", ".join(f"{count} {what}" for what, count in tally.items())
        parts.append(f"## {name}\n\n{len(found)} claims: {counts}.\n\n" + "\n".join(lines) + "\n")
    (_HERE / "CLAIMS.md").write_text("\n".join(parts), encoding="utf-8")
    print(
        "\n".join(
            line
            for part in parts
            for line in part.splitlines()
            if line.endswith(("| false |", "| gone |", "gone."))
        )
    )
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("reviews/pytorch_optimizer")))
