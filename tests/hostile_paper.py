"""A paper whose title, authors, abstract and links try to become markup, a header, or a link that runs code."""

from __future__ import annotations

import json
from pathlib import Path

TITLE = (
    "<img src=x onerror=alert(1)>Owls\r\nBcc: victim@example.org\r\n\r\n[here](javascript:alert(2)) & ]]> \u202eslwo"
)
ABSTRACT = (
    "Owls <b>and mice</b> are hard to count by ear alone. We propose OwlNet, a network that counts owls & "
    "<i>mice</i> in the night with an accuracy of 99% on a large set of recordings. ]]> OwlNet sees more. "
    "<script>alert(3)</script> <a href='javascript:alert(4)'>See more</a>"
)


def write_hostile_paper(folder: Path) -> Path:
    file = folder / "hostile.jsonl"
    paper = {
        "title": TITLE,
        "abstract": ABSTRACT,
        "authors": ["Ada <ada@example.org>\r\nX-Evil: 1", "</name><link href='javascript:1'/>"],
        "date": "2026-05-07",
        "url": "javascript:alert(5)",
    }
    file.write_text(json.dumps(paper) + "\n", encoding="utf-8")
    return file
