"""Linked PDFs: what a paper lacks to be found is looked up, and its PDF fetched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from paperchat.ingest.fetch import arxiv_api
from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.fetch.doi import fetch_by_doi
from paperchat.ingest.fetch.errors import FetchError, PermanentFetchError, TemporaryFetchError
from paperchat.ingest.identifiers import normalise_doi
from paperchat.storage.deduplication import merge_papers
from paperchat.types import Paper

_WEEK = 7 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfFetchResult:
    """What was found for a paper: the paper, completed where it could be, and its PDF with its address.

    Where there is none, ``path`` is ``None``, ``reason`` says why, and ``later`` whether to try again.
    """

    paper: Paper
    path: Path | None
    url: str = ""
    reason: str = ""
    retry_later: bool = False


def fetch_pdf(client: WebClient, paper: Paper) -> PdfFetchResult:
    """The paper's PDF: arXiv's, or the one it links to; a paper with neither is looked for on arXiv by its title.

    An abstract that is missing is asked for, too, by arXiv id or DOI. What cannot be had is told in the result.

    Raises:
        StorageError: the cache cannot be written.
    """
    paper, lacking = _with_abstract(client, paper)
    try:
        if not (paper.arxiv_id or paper.pdf_url):
            paper = _on_arxiv(client, paper)
        if paper.arxiv_id and paper.withdrawn:
            raise PermanentFetchError("the paper has been withdrawn, so arXiv has no PDF of it")
        url = pdf_address(client, paper)
        return PdfFetchResult(paper=paper, path=client.download_pdf(url, max_age=_freshness(paper)), url=url)
    except FetchError as error:
        later = isinstance(error, TemporaryFetchError) or isinstance(lacking, TemporaryFetchError)
        return PdfFetchResult(paper=paper, path=None, reason=str(error), retry_later=later)


def pdf_address(client: WebClient, paper: Paper) -> str:
    """Where the paper's PDF lies: at arXiv, where it has an id there, else where it links to; or empty."""
    version = f"v{paper.version}" if paper.version else ""
    return f"{client.services.arxiv_pdf}{paper.arxiv_id}{version}" if paper.arxiv_id else paper.pdf_url


def _freshness(paper: Paper) -> float:
    """arXiv never changes a version's PDF."""
    return float("inf") if paper.arxiv_id and paper.version else _WEEK


def _with_abstract(client: WebClient, paper: Paper) -> tuple[Paper, FetchError | None]:
    """The paper with its abstract where it could be had, else the error that stood in the way."""
    if paper.abstract:
        return paper, None
    doi = normalise_doi(paper.doi)
    try:
        if paper.arxiv_id:
            version = f"v{paper.version}" if paper.version else ""
            items = arxiv_api.fetch_by_ids(client, [f"{paper.arxiv_id}{version}"])
            return next((merge_papers(paper, item) for item in items if isinstance(item, Paper)), paper), None
        if doi:
            return merge_papers(paper, fetch_by_doi(client, doi)), None
    except FetchError as error:
        return paper, error
    return paper, None


def _on_arxiv(client: WebClient, paper: Paper) -> Paper:
    found = arxiv_api.find_by_title(client, paper)
    if found is None:
        raise PermanentFetchError("no address of its PDF is known, and arXiv has no paper of this title")
    return merge_papers(paper, found)
