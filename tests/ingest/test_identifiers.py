from __future__ import annotations

import pytest

from paperchat.ingest.identifiers import normalise_arxiv_id, normalise_doi


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2410.14182", ("2410.14182", 0)),
        (" 2410.14182v2 ", ("2410.14182", 2)),
        ("0704.0001", ("0704.0001", 0)),
        ("arXiv:1706.03762v7", ("1706.03762", 7)),
        ("ARXIV: 1706.03762", ("1706.03762", 0)),
        ("https://arxiv.org/abs/1706.03762v7", ("1706.03762", 7)),
        ("http://export.arxiv.org/pdf/1706.03762v1.pdf", ("1706.03762", 1)),
        ("arxiv.org/pdf/1706.03762?download=1#page=2", ("1706.03762", 0)),
        ("math.GT/0309136", ("math/0309136", 0)),
        ("arXiv:astro-ph/0601001v1", ("astro-ph/0601001", 1)),
        ("http://arxiv.org/abs/quant-ph/0201082v1", ("quant-ph/0201082", 1)),
        ("10.48550/arXiv.2410.14182", ("2410.14182", 0)),
        ("https://doi.org/10.48550/arXiv.math.GT/0309136", ("math/0309136", 0)),
    ],
)
def test_the_ways_to_write_an_arxiv_id(written: str, expected: tuple[str, int]) -> None:
    assert normalise_arxiv_id(written) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4983",
        "3.14159",
        "2499.12345",
        "2410.141",
        "2410.14182v",
        "papers/2410",
        "10.1000/182",
        "x" * 10_000,
    ],
)
def test_what_is_no_arxiv_id(text: str) -> None:
    assert normalise_arxiv_id(text) is None


@pytest.mark.parametrize(
    ("written", "doi"),
    [
        ("10.1007/S00453-013-9791-2", "10.1007/s00453-013-9791-2"),
        ("doi:10.1007/s00453", "10.1007/s00453"),
        ("https://doi.org/10.1016/0370-2693%2891%2990641-8", "10.1016/0370-2693(91)90641-8"),
        ("http://dx.doi.org/10.1086/430437.", "10.1086/430437"),
        ("10.1103/PhysRevD.1 10.1103/PhysRevD.2", "10.1103/physrevd.1"),
        ("see the journal", ""),
        ("", ""),
    ],
)
def test_the_ways_to_write_a_doi(written: str, doi: str) -> None:
    assert normalise_doi(written) == doi
