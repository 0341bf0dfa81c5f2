"""Downloads the PDF that a paper links to, completing its metadata on the way."""

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
    """The paper with completed metadata, and its PDF with its URL.

    Without a PDF, ``path`` is ``None``, ``reason`` says why, and ``retry_later`` whether another attempt may work.
    """

    paper: Paper
    path: Path | None
    url: str = ""
    reason: str = ""
    retry_later: bool = False


def fetch_pdf(client: WebClient, paper: Paper) -> PdfFetchResult:
    """Download the paper's PDF from arXiv or its link; without either, the paper is searched on arXiv by title.

    A missing abstract is looked up by arXiv id or DOI. Failures are part of the result.

    Raises:
        StorageError: the cache cannot be written.
    """
    paper, abstract_error = _with_abstract(client, paper)
    try:
        if not (paper.arxiv_id or paper.pdf_url):
            paper = _find_on_arxiv(client, paper)
        if paper.arxiv_id and paper.withdrawn:
            raise PermanentFetchError("the paper has been withdrawn, so arXiv has no PDF of it")
        url = pdf_address(client, paper)
        return PdfFetchResult(paper=paper, path=client.download_pdf(url, max_age=_max_age(paper)), url=url)
    except FetchError as error:
        later = isinstance(error, TemporaryFetchError) or isinstance(abstract_error, TemporaryFetchError)
        return PdfFetchResult(paper=paper, path=None, reason=str(error), retry_later=later)


def pdf_address(client: WebClient, paper: Paper) -> str:
    """The URL of the paper's PDF: at arXiv if it has an arXiv id, else its link; may be empty."""
    version = f"v{paper.version}" if paper.version else ""
    return f"{client.services.arxiv_pdf}{paper.arxiv_id}{version}" if paper.arxiv_id else paper.pdf_url


def _max_age(paper: Paper) -> float:
    """How long a cached PDF is used; the PDF of an arXiv version never changes."""
    return float("inf") if paper.arxiv_id and paper.version else _WEEK


def _with_abstract(client: WebClient, paper: Paper) -> tuple[Paper, FetchError | None]:
    """The paper with its abstract if it could be fetched, and the error if it could not."""
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


def _find_on_arxiv(client: WebClient, paper: Paper) -> Paper:
    found = arxiv_api.find_by_title(client, paper)
    if found is None:
        raise PermanentFetchError("the address of its PDF is unknown, and arXiv has no paper with this title")
    return merge_papers(paper, found)
