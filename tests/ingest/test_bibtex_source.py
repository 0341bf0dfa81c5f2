from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_reading import PROSE, read_all, read_text

from paperchat.ingest.items import PdfFile
from paperchat.ingest.sources.registry import read_location
from paperchat.render.bibtex_ris_csl import bibtex
from paperchat.types import Failure, Paper, StoredPaper

ZOTERO = r"""
@inproceedings{vaswani_attention_2017,
	title = {Attention is {All} you {Need}},
	volume = {30},
	url = {https://proceedings.neurips.cc/paper_files/paper/2017/hash/3f5ee243-Abstract.html},
	abstract = {The dominant models use {\textbackslash}emph\{recurrence\}. We get 28.4 {BLEU}, over 2 {BLEU} more
\& 50\% faster (p{\textless}0.05), for \$5 and \$6.},
	urldate = {2023-05-04},
	booktitle = {Advances in {Neural} {Information} {Processing} {Systems}},
	publisher = {Curran Associates, Inc.},
	author = {Vaswani, Ashish and Shazeer, Noam and Kaiser, {\L}ukasz and {Google Brain Team} and others},
	month = dec,
	year = {2017},
	keywords = {Computer Science - Computation and Language},
	file = {Full Text PDF:files/12/Vaswani et al. - 2017.pdf:application/pdf;Snapshot:files/13/Abstract.html:text/html},
}

@misc{touvron_llama_2023,
	title = {{LLaMA}: {Open} and {Efficient} {Foundation} {Language} {Models}},
	shorttitle = {{LLaMA}},
	url = {http://arxiv.org/abs/2302.13971},
	doi = {10.48550/arXiv.2302.13971},
	publisher = {arXiv},
	author = {Touvron, Hugo and Lavril, Thibaut},
	month = feb,
	year = {2023},
	note = {arXiv:2302.13971 [cs]},
	file = {arXiv Fulltext PDF:files/15/Touvron.pdf:application/pdf},
}
"""


def one(folder: Path, text: str | bytes) -> Paper:
    papers, failures = read_text(folder, text)
    assert failures == []
    assert len(papers) == 1
    return papers[0]


def misc(fields: str) -> str:
    return f"@misc{{key,\n  title = {{A title}},\n  {fields}\n}}\n"


def pdf(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"%PDF-1.7\n")
    return path


def test_an_export_of_zotero_with_its_files(tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_text(ZOTERO, encoding="utf-8")
    attached = pdf(tmp_path / "files/12/Vaswani et al. - 2017.pdf")
    alone = pdf(tmp_path / "files/99/other.pdf")
    items = list(read_location(tmp_path, attachments=True))
    files = [item for item in items if isinstance(item, PdfFile)]
    assert [(file.path, file.where) for file in files] == [
        (attached, "refs.bib entry vaswani_attention_2017"),
        (alone, "files/99/other.pdf"),
    ]
    vaswani = files[0].metadata
    assert vaswani is not None
    assert vaswani.title == "Attention is All you Need"
    assert vaswani.abstract == (
        r"The dominant models use \emph{recurrence}. We get 28.4 BLEU, over 2 BLEU more & 50% faster (p<0.05), "
        "for $5 and $6."
    )
    assert vaswani.authors == ("Ashish Vaswani", "Noam Shazeer", "Łukasz Kaiser", "Google Brain Team")
    assert (vaswani.date, vaswani.comment) == ("2017-12", "")
    assert vaswani.url == "https://proceedings.neurips.cc/paper_files/paper/2017/hash/3f5ee243-Abstract.html"
    llama = next(item for item in items if isinstance(item, Paper))
    assert (llama.title, llama.abstract) == ("LLaMA: Open and Efficient Foundation Language Models", "")
    assert (llama.arxiv_id, llama.doi, llama.date) == ("2302.13971", "", "2023-02")
    assert (llama.categories, llama.comment) == (("cs",), "")
    assert [item for item in items if isinstance(item, Failure)] == [
        Failure(
            source="refs.bib entry touvron_llama_2023",
            reason="its attached PDF files/15/Touvron.pdf does not exist: the entry was ingested without it",
        )
    ]


@pytest.mark.parametrize(
    ("fields", "identified"),
    [
        ("eprint = {2101.00001v3}, archivePrefix = {arXiv}, primaryClass = {cs.CL}", "2101.00001 v3 cs.CL"),
        ("eprint = {hep-th/9901001}, eprinttype = {arxiv}, eprintclass = {hep-th}", "hep-th/9901001 v0 hep-th"),
        ("eprint = {2101.00001}, eprinttype = {pubmed}", " v0 "),
        ("journal = {arXiv preprint arXiv:2101.00001}", "2101.00001 v0 "),
        ("journal = {arXiv e-prints}, eid = {arXiv:2101.00001}, pages = {arXiv:2101.00001}", "2101.00001 v0 "),
        ("journal = {CoRR}, volume = {abs/2101.00001}", "2101.00001 v0 "),
        ("number = {arXiv:2101.00001}, publisher = {arXiv}", "2101.00001 v0 "),
        ("note = {arXiv:2101.00001v2 [cs.LG]}", "2101.00001 v2 cs.LG"),
        (r"howpublished = {\url{https://arxiv.org/abs/2101.00001v2}}", "2101.00001 v2 "),
        ("arxivId = {2101.00001}", "2101.00001 v0 "),
        ("doi = {10.48550/arXiv.2101.00001}", "2101.00001 v0 "),
        ("note = {A comment on arXiv:2101.00001}", " v0 "),
    ],
)
def test_arxiv_ids(tmp_path: Path, fields: str, identified: str) -> None:
    paper = one(tmp_path, misc(fields))
    assert f"{paper.arxiv_id} v{paper.version} {' '.join(paper.categories)}" == identified


@pytest.mark.parametrize(
    ("fields", "doi"),
    [
        (r"doi = {10.1000/AB\_c}", "10.1000/ab_c"),
        (r"DOI = {https://doi.org/10.1000/ab{\_}c}", "10.1000/ab_c"),
        ("url = {http://dx.doi.org/10.1000/ab%28c}", "10.1000/ab(c"),
        ("note = {doi: 10.1000/abc}", "10.1000/abc"),
        ("doi = {none}", ""),
    ],
)
def test_dois(tmp_path: Path, fields: str, doi: str) -> None:
    assert one(tmp_path, misc(fields)).doi == doi


@pytest.mark.parametrize(
    ("fields", "date"),
    [
        ("year = 2020, month = jan", "2020-01"),
        ('year = "2020", month = jan # "~5"', "2020-01-05"),
        ('year = {2020}, month = "10~" # sep', "2020-09-10"),
        ("year = {2020}, month = {March}, day = 7", "2020-03-07"),
        ("year = 2020, month = 13", "2020"),
        ("year = 2021, month = feb, day = 30", "2021-02"),
        ("date = {2020-03-15}, year = 2019", "2020-03-15"),
        ("date = {2020-03/2020-05}", "2020-03"),
        ("date = {15 March 2020}", "2020-03-15"),
        ("year = {(in press) 2020a}", "2020"),
        ("year = {to appear}", ""),
    ],
)
def test_dates(tmp_path: Path, fields: str, date: str) -> None:
    assert one(tmp_path, misc(fields)).date == date


@pytest.mark.parametrize(
    ("authors", "names"),
    [
        ("Lovelace, Ada and Babbage, Charles", ("Ada Lovelace", "Charles Babbage")),
        ("Ludwig van Beethoven and van der Waals, Johannes", ("Ludwig van Beethoven", "Johannes van der Waals")),
        ("King, Jr., Martin Luther", ("Martin Luther King Jr.",)),
        ("{Simon and Schuster} AND {OpenAI}", ("Simon and Schuster", "OpenAI")),
        (
            r"G{\"o}del, Kurt and {\'E}. Cartan and S{\o}ren Kierkegaard",
            ("Kurt Gödel", "É. Cartan", "Søren Kierkegaard"),
        ),
        (r"Jos\'e Mu\~noz and \v{C}apek, Karel and Mart\'\i n, Ana", ("José Muñoz", "Karel Čapek", "Ana Martín")),
        ("Donald~E. Knuth and\n  others", ("Donald E. Knuth",)),
        ("family=Gogh, given=Vincent, prefix=van", ("Vincent van Gogh",)),
        ("Broken}, {Brace", ("Brace Broken",)),
        ("", ()),
    ],
)
def test_authors(tmp_path: Path, authors: str, names: tuple[str, ...]) -> None:
    text = misc(f"author = {{{authors}}}") if authors.count("{") == authors.count("}") else ""
    if "Broken" in authors:
        text = misc(f'author = "{authors}"')
    assert one(tmp_path, text).authors == names


def test_editors_stand_in_for_authors(tmp_path: Path) -> None:
    assert one(tmp_path, misc("editor = {Ada Lovelace}")).authors == ("Ada Lovelace",)


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"{\"U}ber {\ss} na\"ive caf\'{e}s in {\L}\'od\'z", "Über ß naïve cafés in Łódź"),
        (r"$\alpha$-stable {$\mathcal{O}(n \log n)$} $x^{2}$ $\frac{1}{2}$", "α-stable 𝒪(n log n) x^2 1/2"),
        (r"An \emph{in vivo} study of \textbf{H\textsubscript{2}O}", "An in vivo study of H2O"),
        (r"Pages 1--2---and ``quotes''", "Pages 1–2—and “quotes”"),
        (r"50% of AT&T costs $5 and $6 more, item #3", "50% of AT&T costs $5 and $6 more, item #3"),
        (r"50\% of AT\&T in snake\_case \{x\} \#1", "50% of AT&T in snake_case {x} #1"),
        (r"See \url{https://x.org/a_b%20c} and \href{https://x.org}{this}", "See https://x.org/a_b%20c and this"),
        (r"\textgreater{}5 \mbox{kept whole} \unknown{kept} \LaTeX{}", ">5 kept whole kept LaTeX"),
        (r"a\\b", "a b"),
        ("a line\n  that ends in {nothing} \\textit{and\n more}", "a line that ends in nothing and more"),
    ],
)
def test_latex_becomes_text(tmp_path: Path, latex: str, text: str) -> None:
    assert one(tmp_path, f"@misc{{key, title = {{{latex}}}, abstract = {{{latex}}}}}").title == text


def test_macros_joints_and_quotes(tmp_path: Path) -> None:
    paper = one(
        tmp_path,
        '@string{cam = "Cambridge"}\n@STRING(who = cam # { Group})\n'
        '@article(key, title = "A {"}quoted{"} " # CAM # { title}, author = who, year = 1999)',
    )
    assert (paper.title, paper.authors, paper.date) == ('A "quoted" Cambridge title', ("Cambridge Group",), "1999")


@pytest.mark.security
@pytest.mark.parametrize("depth", [14, 60])
def test_macros_of_macros_do_not_explode(tmp_path: Path, depth: int) -> None:
    doubling = "".join(f"@string{{a{n + 1} = a{n} # a{n}}}\n" for n in range(depth))
    entries = "".join(f"@misc{{key{n}, title = {{Paper {n}}}, abstract = a{depth}}}\n" for n in range(200))
    papers, failures = read_text(tmp_path, f'@misc{{first, title = {{A}}}}\n@string{{a0 = "x"}}\n{doubling}{entries}')
    assert papers[0].title == "A"
    assert sum(len(paper.abstract) for paper in papers) < 2**20 + 10 * 20_000
    assert ["expand to too much text" in failure.reason for failure in failures] == [True]


def test_what_is_inherited(tmp_path: Path) -> None:
    papers, failures = read_text(
        tmp_path,
        "@inproceedings{child, title = {Child}, crossref = {Whole}}\n"
        "@inproceedings{dated, title = {Dated}, year = 1999, crossref = {Whole}}\n"
        "@inproceedings{lost, title = {Lost}, crossref = {Nowhere}}\n"
        "@misc{extended, title = {Extended}, xdata = {shared}}\n"
        "@xdata{shared, author = {Ada Lovelace}, date = {2001}}\n"
        "@proceedings{whole, title = {Whole}, year = 2020, month = may, abstract = {Of the whole.}}\n",
    )
    assert failures == []
    assert sorted((paper.title, paper.date, paper.abstract) for paper in papers) == [
        ("Child", "2020-05", ""),
        ("Dated", "1999", ""),
        ("Extended", "2001", ""),
        ("Lost", "", ""),
        ("Whole", "2020-05", "Of the whole."),
    ]


def test_broken_entries_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    papers, failures = read_text(
        tmp_path,
        "% Encoding: UTF-8\n\n"
        "@misc{good, title = {One}}\n"
        "@article{open, title = {Never closed,\n  year = 2020\n}\n"
        '@article{quote,\n  title = "No end,\n}\n'
        "@article{untitled, author = {Ada Lovelace}}\n"
        "@article{blank, title = { }}\n"
        "% @article{commented, title = {Old},\n%   year = 1999}\n"
        "@Comment{jabref-meta: grouping:\n0 AllEntriesGroup:;\n}\n"
        "@misc{comma, title = {Two}\n  author = {Ada Lovelace}\n  year = 1843}\n"
        "@misc{good, title = {Three}, title = {Not this one}}\n"
        "write to me@example.org (please)\n"
        "@misc{last, title = {Cut",
        "refs.bib",
    )
    assert [(paper.title, paper.date) for paper in papers] == [("One", ""), ("Two", "1843"), ("Three", "")]
    assert papers[1].authors == ("Ada Lovelace",)
    assert [failure.source for failure in failures] == [
        *("refs.bib line 4 (open)", "refs.bib line 7 (quote)", "refs.bib entry untitled", "refs.bib entry blank"),
        "refs.bib line 22 (last)",
    ]
    assert {failure.reason for failure in failures} == {
        "the entry is incomplete, or its braces or quotes do not match; it was skipped",
        "the entry has no title",
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, line_end: str) -> None:
    text = "@misc{müller,\n  title = {Über\n    Bäume},\n  author = {Müller, Jürgen}\n}\n".replace("\n", line_end)
    paper = one(tmp_path, text.encode(encoding))
    assert (paper.title, paper.authors) == ("Über Bäume", ("Jürgen Müller",))


@pytest.mark.parametrize(
    ("text", "is_bibtex"),
    [
        ("@article{key2020,\n  title = {A}\n}", True),
        ("@Article{ DBLP:conf/x/Y ,\ntitle={A}}", True),
        ("Automatically generated by Mendeley Desktop 1.19.4\nAny changes will be lost.\n\n@misc{a,title={A}}", True),
        ("This file was created with JabRef 2.10.\nEncoding: UTF8\n\n@MISC{a, title = {A}}", True),
        ("@string{a = {b}}\n@misc{c,\n title = a}", True),
        (PROSE, False),
        ("# A model\n\nCite it:\n```bibtex\n@misc{a,\n title = {A}\n}\n```\n", False),
        ("<html><pre>\n@misc{a,\n title = {A}}\n</pre></html>", False),
        ("\\begin{filecontents}\n@misc{a,\n title = {A}}\n", False),
        ("@app.route('/')\ndef page(): ...\n", False),
        ("Write to @someone (or not), please = now", False),
    ],
)
def test_what_is_bibtex(tmp_path: Path, text: str, is_bibtex: bool) -> None:
    papers, failures = read_text(tmp_path, text)
    assert (len(papers) == 1) is is_bibtex
    assert bool(failures) is not is_bibtex


@pytest.mark.parametrize(
    ("fields", "withdrawn"),
    [
        ("title = {RETRACTED: A trial}", True),
        ("title = {{RETRACTED} {ARTICLE}: A trial}", True),
        ("title = {[Retracted] A trial}", True),
        ("title = {WITHDRAWN: A trial}", True),
        ("title = {A trial}, note = {This paper has been withdrawn by the authors.}", True),
        ("title = {A trial}, note = {Retracted}", True),
        ("title = {Retracted articles in oncology: a study}", False),
        ("title = {Withdrawn from society}", False),
        ("title = {A trial}, note = {Withdrawn from ICLR}", False),
        ("title = {A trial}, note = {Not retracted}", False),
    ],
)
def test_withdrawals(tmp_path: Path, fields: str, withdrawn: bool) -> None:
    assert one(tmp_path, f"@misc{{key, {fields}}}").withdrawn is withdrawn


def test_subtitles_comments_and_links(tmp_path: Path) -> None:
    paper = one(
        tmp_path,
        misc("subtitle = {And more}, note = {Accepted at {ICML}}, url = {https://x.org/p\\_1.pdf}"),
    )
    assert (paper.title, paper.comment) == ("A title: And more", "Accepted at ICML")
    assert paper.url == paper.pdf_url == "https://x.org/p_1.pdf"
    assert one(tmp_path, misc("pdf = {https://x.org/2.pdf}")).pdf_url == "https://x.org/2.pdf"


@pytest.mark.parametrize(
    "field",
    [
        "paper.pdf",
        "files/../paper.pdf",
        "Full Text:paper.pdf:application/pdf",
        ":paper.pdf:PDF",
        "Notes:notes.html:text/html;A title\\; with \\: marks:paper.pdf:application/pdf",
        "{here}",
        "{here};other.pdf",
        "missing.pdf;paper.pdf",
        "file://{here}",
        ":{here}:PDF",
        "Supplement:suppl.pdf:application/pdf;Full Text:paper.pdf:application/pdf",
    ],
)
def test_where_an_attached_pdf_is(tmp_path: Path, field: str) -> None:
    here = pdf(tmp_path / "paper.pdf")
    pdf(tmp_path / "suppl.pdf")
    (tmp_path / "notes.html").write_text("<html>", encoding="utf-8")
    (tmp_path / "refs.bib").write_text(misc(f"file = {{{field.replace('{here}', str(here))}}}"), encoding="utf-8")
    (file,) = [item for item in read_location(tmp_path / "refs.bib", attachments=True) if isinstance(item, PdfFile)]
    assert file.path == here
    assert file.metadata == Paper(title="A title")


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("gone.pdf", "its attached PDF gone.pdf does not exist"),
        ("C\\:\\\\Users\\\\me\\\\x.pdf", "its attached PDF C:\\Users\\me\\x.pdf does not exist"),
        ("*.pdf", "its attached PDF *.pdf does not exist"),
        ("../secret.pdf", "its attached PDF ../secret.pdf is outside the bibliography's folder"),
        ("page.pdf", "its attached PDF page.pdf is not a PDF"),
        ("pipe.pdf", "its attached PDF pipe.pdf is not a PDF"),
        ("folder.pdf", "its attached PDF folder.pdf is not a PDF"),
        ("file://elsewhere.org/x.pdf", "its attached PDF file://elsewhere.org/x.pdf is on another machine"),
        ("\\\\\\\\server\\\\share\\\\x.pdf", "its attached PDF \\\\server\\share\\x.pdf is on another machine"),
        (f"{'deep/' * 100}x.pdf", "its attached PDF …eep/deep/deep/"),
        (f"{'deep' * 100}.pdf", "its attached PDF …pdeepdeepd"),
        ("refs.bib/x.pdf", "its attached PDF refs.bib/x.pdf does not exist"),
        ("a\0b.pdf", "its attached PDF ab.pdf is not a valid file name"),
    ],
)
def test_an_attachment_that_cannot_be_had_costs_nothing_else(tmp_path: Path, field: str, reason: str) -> None:
    folder = tmp_path / "folder"
    (folder / "folder.pdf").mkdir(parents=True)
    pdf(tmp_path / "secret.pdf")
    (folder / "page.pdf").write_text("<html>Log in to read this paper</html>", encoding="utf-8")
    os.mkfifo(folder / "pipe.pdf")
    papers, failures = read_text(folder, misc(f"file = {{{field}}}"), "refs.bib")
    assert papers == [Paper(title="A title")]
    assert [failure.source for failure in failures] == ["refs.bib entry key"]
    assert failures[0].reason.startswith(reason)
    assert failures[0].reason.endswith(": the entry was ingested without it")


def test_a_pdf_of_two_entries_is_read_once(tmp_path: Path) -> None:
    path = pdf(tmp_path / "both.pdf")
    text = misc("file = {both.pdf}") + "@misc{other, title = {Other}, file = {both.pdf}}"
    (tmp_path / "refs.bib").write_text(text, encoding="utf-8")
    items = [item for item in read_location(tmp_path, attachments=True) if isinstance(item, PdfFile | Paper)]
    assert items == [
        PdfFile(path=path, where="refs.bib entry key", metadata=Paper(title="A title")),
        Paper(title="Other"),
    ]


def test_what_paperchat_exports_comes_back(tmp_path: Path) -> None:
    paper = Paper(
        title="100% of {braces} & $5_000 for naïve #1 ~ ^ \\ cases",
        abstract="We find p < 0.05 -- in A_1 {and} \\emph{more}.",
        authors=("Ada Lovelace", "Simon and Schuster", "van der Berg"),
        arxiv_id="2101.00001",
        date="2021-01",
        categories=("cs.CL",),
        url="https://arxiv.org/abs/2101.00001",
        pdf_url="https://arxiv.org/pdf/2101.00001",
    )
    back = one(tmp_path, "".join(bibtex([StoredPaper(paper_id="arxiv:2101.00001", paper=paper)])))
    assert back.title == paper.title
    assert back.abstract == paper.abstract.replace("--", "–")
    assert back.authors == paper.authors
    assert (back.arxiv_id, back.date, back.categories, back.url, back.pdf_url) == (
        paper.arxiv_id,
        paper.date,
        paper.categories,
        paper.url,
        paper.pdf_url,
    )


_NOISE = st.text("{}\"\\$%#@&~=, \n'abcéZ19", max_size=40)


@settings(max_examples=150, deadline=None)
@given(values=st.lists(_NOISE, max_size=5), between=_NOISE)
def test_every_entry_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, values: list[str], between: str
) -> None:
    """Whatever stands in its fields, an entry that begins on a line gives a paper or a failure."""
    entries = [
        f"@misc{{key{n}, title = {{{value}}}, file = {{{value}}}, author = {{{value}}}}}"
        for n, value in enumerate(values)
    ]
    text = f"@misc{{first, title = {{First}}}}\n{between.replace('@', '')}\n" + "\n".join(entries)
    papers, failures = read_all_of(tmp_path_factory.mktemp("bib"), text)
    named = [failure.source for failure in failures]
    assert papers[0].title == "First"
    assert len(papers) - 1 + len(named) >= len(values)


def read_all_of(folder: Path, text: str) -> tuple[list[Paper], list[Failure]]:
    (folder / "refs.bib").write_text(text, encoding="utf-8")
    return read_all(folder / "refs.bib")


@settings(max_examples=100, deadline=None)
@given(noise=st.binary(max_size=300))
def test_nothing_raises(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    folder = tmp_path_factory.mktemp("bib")
    papers, failures = read_text(folder, b"@misc{key, title = {A title}}\n@misc{other, title = {" + noise)
    assert papers[0].title == "A title"
    assert len(papers) + len(failures) >= 2
