"""The clients, for threads and for event loops: each of their methods sends a request of `api_requests`."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator, Iterator, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    ExitStack,
    aclosing,
    asynccontextmanager,
    closing,
    contextmanager,
)
from functools import wraps
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, ParamSpec, TypeVar, cast

import httpx
from pydantic import BaseModel

from paperchat import __version__
from paperchat.client import api_requests
from paperchat.client.api_error import ApiError, one_error
from paperchat.client.api_requests import ApiRequest
from paperchat.client.stream_events import ANSWER_EVENTS, JOB_EVENTS, EventDecoder, EventRecords, StreamRecord
from paperchat.server.job_records import JobRecord

P = ParamSpec("P")
R = TypeVar("R", bound=BaseModel)

DEFAULT_URL = "http://127.0.0.1:7860"
_TIMEOUT = 300.0  # seconds
_MAX_RESULTS = 100
_STREAM_DOC = """The events of an answer as it is written: a context that gives an iterator, and closes it when left.

The last event is the whole answer, as `ask` returns it. Leaving the context before stops the work.
"""


class _Method(Generic[P, R]):
    """A method of `Client` that sends the request which a function makes, and returns its record."""

    def __init__(self, request: Callable[P, ApiRequest[R]]) -> None:
        self._request = request

    def __get__(self, client: Any, owner: type) -> Callable[P, R]:
        @wraps(self._request)
        def method(*args: P.args, **kwargs: P.kwargs) -> R:
            return cast(R, client._send(self._request(*args, **kwargs)))

        return method


class _AsyncMethod(Generic[P, R]):
    """The same of `AsyncClient`."""

    def __init__(self, request: Callable[P, ApiRequest[R]]) -> None:
        self._request = request

    def __get__(self, client: Any, owner: type) -> Callable[P, Coroutine[Any, Any, R]]:
        @wraps(self._request)
        async def method(*args: P.args, **kwargs: P.kwargs) -> R:
            return cast(R, await client._send(self._request(*args, **kwargs)))

        return method


class _AnswerStream(Generic[P]):
    """A method of `Client` that sends the request which a function makes, and gives the events of an answer."""

    def __init__(self, request: Callable[P, ApiRequest[Any]]) -> None:
        self._request = request

    def __get__(self, client: Any, owner: type) -> Callable[P, AbstractContextManager[Iterator[StreamRecord]]]:
        @wraps(self._request)
        def method(*args: P.args, **kwargs: P.kwargs) -> AbstractContextManager[Iterator[StreamRecord]]:
            events = client._events(self._request(*args, **kwargs), ANSWER_EVENTS)
            return cast(AbstractContextManager[Iterator[StreamRecord]], events)

        method.__doc__ = _STREAM_DOC
        return method


class _AsyncAnswerStream(Generic[P]):
    """The same of `AsyncClient`."""

    def __init__(self, request: Callable[P, ApiRequest[Any]]) -> None:
        self._request = request

    def __get__(
        self, client: Any, owner: type
    ) -> Callable[P, AbstractAsyncContextManager[AsyncIterator[StreamRecord]]]:
        @wraps(self._request)
        def method(*args: P.args, **kwargs: P.kwargs) -> AbstractAsyncContextManager[AsyncIterator[StreamRecord]]:
            events = client._events(self._request(*args, **kwargs), ANSWER_EVENTS)
            return cast(AbstractAsyncContextManager[AsyncIterator[StreamRecord]], events)

        method.__doc__ = _STREAM_DOC
        return method


class Client:
    """A paperchat server as an object; a context manager, and safe to share between threads.

    The results are the records that docs/api.md lists, as pydantic models; fields that a newer server adds are kept.

    Args:
        url: the server's address; by default that of ``PAPERCHAT_SERVER_URL``, else this machine's port 7860.
        key: of `paperchat keys add`; by default that of ``PAPERCHAT_API_KEY``, if there is one.
        timeout: seconds to wait for the next byte.
        options: further arguments of `httpx.Client`, such as ``verify`` or ``proxy``.

    Raises:
        ApiError: by each method, and by nothing else: the server refuses, fails, or cannot be reached.
    """

    def __init__(
        self, url: str | None = None, *, key: str | None = None, timeout: float = _TIMEOUT, **options: Any
    ) -> None:
        self.url = _server_url(url)
        self._http = httpx.Client(**_http_options(self.url, key, timeout) | options)

    ask = _Method(api_requests.ask)
    stream = _AnswerStream(api_requests.ask)
    search = _Method(api_requests.search)
    papers = _Method(api_requests.papers)
    paper = _Method(api_requests.paper)
    passages = _Method(api_requests.passages)
    job = _Method(api_requests.job)
    cancel = _Method(api_requests.cancel)
    survey = _Method(api_requests.survey)
    claim = _Method(api_requests.claim)
    results = _Method(api_requests.results)
    digest = _Method(api_requests.digest)
    conversations = _Method(api_requests.conversations)
    conversation = _Method(api_requests.conversation)
    delete_conversation = _Method(api_requests.delete_conversation)
    status = _Method(api_requests.status)

    def ingest(self, *sources: str | Path, pdfs: bool | None = None, most: int = _MAX_RESULTS) -> JobRecord:
        """Begin to ingest arXiv ids, DOIs, addresses, ``daily:DATE`` or ``arxiv:QUERY``, and files given as `Path`.

        Files of this machine are uploaded. Returns the job, which `wait` waits for.
        """
        locations, files = _sorted_out(sources)
        uploads: list[str] = []
        with ExitStack() as stack:
            if form := [("files", (file.name, stack.enter_context(file.open("rb")))) for file in files]:
                uploads = [one.id for one in self._send(api_requests.upload_form(), files=form).uploads]
        return self._send(api_requests.ingest(locations, uploads, pdfs=pdfs, most=most))

    def wait(self, job_id: str, *, progress: Callable[[JobRecord], None] | None = None) -> JobRecord:
        """The job when it has ended, or was cancelled; ``progress`` is called with it as it goes on.

        Raises:
            ApiError: the job has failed.
        """
        last: JobRecord | None = None
        with self._events(api_requests.job_events(job_id), JOB_EVENTS) as events:
            for last in cast(Iterator[JobRecord], events):
                if progress:
                    progress(last)
        return _ended(last, self.url)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, request: ApiRequest[R], files: Any = None) -> R:
        with one_error(self.url):
            response = self._http.request(**_sent(request), files=files)
            return _record_of(response, request.record)

    @contextmanager
    def _events(self, request: ApiRequest[Any], records: EventRecords) -> Iterator[Iterator[BaseModel]]:
        with ExitStack() as stack:
            with one_error(self.url):
                sent = self._http.stream(**_sent(request), headers=_ACCEPT_EVENTS)
                response = stack.enter_context(sent)
                if not response.is_success:
                    response.read()
                _check(response)

            def events() -> Generator[BaseModel, None, None]:
                decoder = EventDecoder(records)
                with one_error(self.url):
                    for chunk in response.iter_bytes():
                        yield from decoder.feed(chunk)

            yield stack.enter_context(closing(events()))


class AsyncClient:
    """`Client` for an event loop, with the same arguments and methods; streams and itself are asynchronous contexts."""

    def __init__(
        self, url: str | None = None, *, key: str | None = None, timeout: float = _TIMEOUT, **options: Any
    ) -> None:
        self.url = _server_url(url)
        self._http = httpx.AsyncClient(**_http_options(self.url, key, timeout) | options)

    ask = _AsyncMethod(api_requests.ask)
    stream = _AsyncAnswerStream(api_requests.ask)
    search = _AsyncMethod(api_requests.search)
    papers = _AsyncMethod(api_requests.papers)
    paper = _AsyncMethod(api_requests.paper)
    passages = _AsyncMethod(api_requests.passages)
    job = _AsyncMethod(api_requests.job)
    cancel = _AsyncMethod(api_requests.cancel)
    survey = _AsyncMethod(api_requests.survey)
    claim = _AsyncMethod(api_requests.claim)
    results = _AsyncMethod(api_requests.results)
    digest = _AsyncMethod(api_requests.digest)
    conversations = _AsyncMethod(api_requests.conversations)
    conversation = _AsyncMethod(api_requests.conversation)
    delete_conversation = _AsyncMethod(api_requests.delete_conversation)
    status = _AsyncMethod(api_requests.status)

    async def ingest(self, *sources: str | Path, pdfs: bool | None = None, most: int = _MAX_RESULTS) -> JobRecord:
        """As `Client.ingest`."""
        locations, files = _sorted_out(sources)
        uploads: list[str] = []
        with ExitStack() as stack:
            if form := [("files", (file.name, stack.enter_context(file.open("rb")))) for file in files]:
                uploads = [one.id for one in (await self._send(api_requests.upload_form(), files=form)).uploads]
        return await self._send(api_requests.ingest(locations, uploads, pdfs=pdfs, most=most))

    async def wait(self, job_id: str, *, progress: Callable[[JobRecord], None] | None = None) -> JobRecord:
        """As `Client.wait`."""
        last: JobRecord | None = None
        async with self._events(api_requests.job_events(job_id), JOB_EVENTS) as events:
            async for last in cast(AsyncIterator[JobRecord], events):
                if progress:
                    progress(last)
        return _ended(last, self.url)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _send(self, request: ApiRequest[R], files: Any = None) -> R:
        with one_error(self.url):
            response = await self._http.request(**_sent(request), files=files)
            return _record_of(response, request.record)

    @asynccontextmanager
    async def _events(self, request: ApiRequest[Any], records: EventRecords) -> AsyncIterator[AsyncIterator[BaseModel]]:
        async with AsyncExitStack() as stack:
            with one_error(self.url):
                sent = self._http.stream(**_sent(request), headers=_ACCEPT_EVENTS)
                response = await stack.enter_async_context(sent)
                if not response.is_success:
                    await response.aread()
                _check(response)

            async def events() -> AsyncGenerator[BaseModel, None]:
                decoder = EventDecoder(records)
                with one_error(self.url):
                    async for chunk in response.aiter_bytes():
                        for event in decoder.feed(chunk):
                            yield event

            yield await stack.enter_async_context(aclosing(events()))


_ACCEPT_EVENTS = {"accept": "text/event-stream"}


def _server_url(url: str | None) -> str:
    return (url or os.environ.get("PAPERCHAT_SERVER_URL", "").strip() or DEFAULT_URL).rstrip("/")


def _http_options(url: str, key: str | None, timeout: float) -> dict[str, Any]:
    key = (os.environ.get("PAPERCHAT_API_KEY", "") if key is None else key).strip()
    if not (key.isascii() and key.isprintable()):
        raise ApiError("the key is malformed: give it as `paperchat keys add` has printed it")
    headers = {"user-agent": f"paperchat/{__version__}", **({"authorization": f"Bearer {key}"} if key else {})}
    return {"base_url": f"{url}/api/v1/", "headers": headers, "timeout": timeout, "trust_env": not _is_loopback(url)}


def _is_loopback(url: str) -> bool:
    """Whether an address is this machine's, which no proxy stands before."""
    with one_error(url):
        host = httpx.URL(url).host
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _sent(request: ApiRequest[Any]) -> Mapping[str, Any]:
    params = {name: value for name, value in request.params.items() if value not in (None, "")}
    return {"method": request.method, "url": request.path, "params": params, "json": request.body}


def _check(response: httpx.Response) -> None:
    if not response.is_success:
        raise ApiError.of_response(response)


def _record_of(response: httpx.Response, record: type[R]) -> R:
    _check(response)
    return record.model_validate_json(response.content, extra="allow")


def _sorted_out(sources: Sequence[str | Path]) -> tuple[list[str], list[Path]]:
    """The locations on the web, and the files."""
    files = [source for source in sources if isinstance(source, Path)]
    return [source for source in sources if isinstance(source, str)], files


def _ended(job: JobRecord | None, url: str) -> JobRecord:
    if job is None or job.finished is None:
        raise ApiError(f"{url} has ended the stream of a job before the job: wait for it again")
    if job.problem:
        raise ApiError.of_problem(job.problem)
    return job
