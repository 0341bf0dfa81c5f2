from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from render_samples import HOSTILE, LABSAFETY, stored

from paperchat.render.bibtex_ris_csl import bibtex, csl_json, ris
from paperchat.types import Paper, StoredPaper

NASTY = Paper(
    title="100% {of} $x_1^2$ & #1 \\input{/etc/passwd} ~ } {",
    abstract="One.\nER  - \nTY  - JOUR\r\nTI  - Forged }\n@article{forged, title={x}}",
    authors=("Ada {Lovelace}", "Tom and Jerry", "Hinton, Geoffrey E.", "others"),
    doi="10.1000/a_b{c}",
    url="https://example.org/a_b?c=%20#d",
    date="2023",
)


def entries(text: str) -> dict[str, dict[str, str]]:
    """A small BibTeX reader: fields by name, by key. Braces are counted as BibTeX counts them."""
    found = {}
    position = 0
    while (start := text.find("@", position)) >= 0:
        end = closing(text, text.index("{", start))
        key, _, body = text[text.index("{", start) + 1 : end].partition(",")
        fields, at = {}, 0
        while match := re.compile(r"\s*(\w+) = ").match(body, at):
            stop = closing(body, match.end()) + 1 if body[match.end()] == "{" else body.index(",", match.end())
            fields[match[1]] = body[match.end() : stop]
            at = stop + 1
        assert not body[at:].strip()
        found[key] = fields
        position = end
    return found


def closing(text: str, opening: int) -> int:
    depth = 0
    for position in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if not depth:
            return position
    raise AssertionError("braces do not balance")


def test_bibtex_of_an_arxiv_paper() -> None:
    (entry,) = bibtex([stored(replace(LABSAFETY, abstract=""))])
    assert entry == (
        "@misc{zhou2024labsafety,\n"
        "  title = {{LabSafety Bench: Benchmarking LLMs on Safety}},\n"
        "  author = {Yujun Zhou and Jingdong Yang and Kehan Guo and Pin-Yu Chen},\n"
        "  year = {2024},\n"
        "  month = oct,\n"
        "  eprint = {2410.14182},\n"
        "  archivePrefix = {arXiv},\n"
        "  primaryClass = {cs.CL},\n"
        "  url = {https://arxiv.org/abs/2410.14182v2}\n"
        "}\n"
    )


def test_bibtex_of_a_nasty_paper_stays_one_entry() -> None:
    read = entries("\n".join(bibtex([stored(NASTY), stored(LABSAFETY)])))
    assert list(read) == ["lovelace2023100", "zhou2024labsafety"]
    nasty = read["lovelace2023100"]
    assert nasty["title"] == (
        r"{{100\% \textbraceleft{}of\textbraceright{} \$x\_1\textasciicircum{}2\$ \& \#1 "
        r"\textbackslash{}input\textbraceleft{}/etc/passwd\textbraceright{} "
        r"\textasciitilde{} \textbraceright{} \textbraceleft{}}}"
    )
    assert nasty["author"].endswith(r" and {Tom and Jerry} and Hinton, Geoffrey E. and {others}}")
    assert nasty["doi"] == "{10.1000/a_b%7Bc%7D}"
    assert nasty["url"] == "{https://example.org/a_b?c=%20#d}"
    assert not any("\n" in value for value in nasty.values())


@pytest.mark.parametrize("title", [HOSTILE, "{", "}}}", "\\", "", "日本語の論文", "@comment{x"])
def test_bibtex_balances_whatever_the_title(title: str) -> None:
    paper = Paper(title=title, authors=("Ærøskøbing Ångström",))
    ((key, fields),) = entries("".join(bibtex([stored(paper)]))).items()
    assert re.fullmatch("angstrom[a-z0-9]*", key)
    assert not set("\x1b\x07\x9b\u202e\n") & set(fields["title"])


def test_keys_are_unique_and_do_not_depend_on_other_papers() -> None:
    papers = [stored(LABSAFETY, paper_id=f"key:{number}") for number in range(30)]
    keys = list(entries("\n".join(bibtex(papers))))
    assert keys[:3] == ["zhou2024labsafety", "zhou2024labsafetyb", "zhou2024labsafetyc"]
    assert len(set(keys)) == 30
    other = stored(replace(LABSAFETY, title="On the Role of Attention"))
    assert list(entries("\n".join(bibtex([other, papers[0]])))) == ["zhou2024role", "zhou2024labsafety"]


def test_ris_has_its_tags_and_line_ends() -> None:
    text = "".join(ris([stored(LABSAFETY)]))
    lines = text.split("\r\n")
    assert lines[0] == "TY  - UNPB"
    assert {"TI  - LabSafety Bench: Benchmarking LLMs on Safety", "AU  - Zhou, Yujun", "PY  - 2024"} <= set(lines)
    assert {"DA  - 2024/10/18/", "UR  - https://arxiv.org/abs/2410.14182v2", "AN  - arXiv:2410.14182"} <= set(lines)
    assert lines[-3:] == ["ER  - ", "", ""]
    assert "\n" not in text.replace("\r\n", "")


def test_ris_of_a_nasty_paper_stays_one_record() -> None:
    lines = "".join(ris([stored(NASTY), stored(Paper(title=HOSTILE))])).split("\r\n")
    assert [line for line in lines if line.startswith(("TY", "ER"))] == ["TY  - UNPB", "ER  - "] * 2
    assert all(not line or re.match(r"[A-Z][A-Z0-9]  - [^\x00-\x1f\x7f-\x9f\u202e]*$", line) for line in lines)


def test_csl_json_is_one_array_of_items() -> None:
    items = json.loads("".join(csl_json([stored(LABSAFETY), stored(NASTY, paper_id="doi:10.1000/a")])))
    assert items[0] == {
        "id": "arxiv:2410.14182",
        "citation-key": "zhou2024labsafety",
        "type": "article",
        "title": LABSAFETY.title,
        "author": [
            {"family": "Zhou", "given": "Yujun"},
            {"family": "Yang", "given": "Jingdong"},
            {"family": "Guo", "given": "Kehan"},
            {"family": "Chen", "given": "Pin-Yu"},
        ],
        "issued": {"date-parts": [[2024, 10, 18]]},
        "archive": "arXiv",
        "number": "arXiv:2410.14182",
        "version": "2",
        "URL": "https://arxiv.org/abs/2410.14182v2",
        "keyword": "cs.CL, cs.LG",
        "abstract": LABSAFETY.abstract,
    }
    assert items[1]["author"][2] == {"family": "Hinton", "given": "Geoffrey E."}
    assert items[1]["author"][3] == {"literal": "others"}
    assert items[1]["issued"] == {"date-parts": [[2023]]}


@pytest.mark.parametrize(("make", "empty"), [(bibtex, ""), (ris, ""), (csl_json, "[]\n")])
def test_no_papers(make: type, empty: str) -> None:
    none: list[StoredPaper] = []
    assert "".join(make(none)) == empty
