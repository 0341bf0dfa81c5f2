"""The one error of the client: what the server said, or that it said nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from pydantic import ValidationError

from paperchat.errors import PaperchatError
from paperchat.server.job_records import ProblemRecord


class ApiError(PaperchatError):
    """A request that was not answered with a record; its message is one line that says what to do next.

    Attributes:
        problem: the server's problem document; ``None`` where it sent none, or could not be reached.
        retry_after: the seconds to wait before the next try, where the server said so.
    """

    def __init__(self, message: str, *, problem: ProblemRecord | None = None, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.problem = problem
        self.retry_after = retry_after

    @classmethod
    def of_problem(cls, problem: ProblemRecord, *, retry_after: int | None = None) -> ApiError:
        """Return the error of a problem document."""
        return cls(problem.detail, problem=problem, retry_after=retry_after)

    @classmethod
    def of_response(cls, response: httpx.Response) -> ApiError:
        """Return the error of a response that is no success and has been read."""
        waits = response.headers.get("retry-after", "")
        try:
            problem = ProblemRecord.model_validate_json(response.content, extra="allow")
        except ValidationError:
            return cls(
                f"{response.url} answered with status {response.status_code} and no problem document: "
                "check that a paperchat server is at this address"
            )
        return cls.of_problem(problem, retry_after=int(waits) if waits.isdecimal() else None)


@contextmanager
def one_error(address: str) -> Iterator[None]:
    """Have what goes wrong on the way to the server at ``address``, and back, raised as `ApiError`."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise ApiError(f"{address} has not answered in time: try again, or give the client a longer timeout") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ApiError(
            f"{address} cannot be reached ({reason}): start it with `paperchat serve`, or give its address as url "
            "or PAPERCHAT_SERVER_URL"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise ApiError(
            f"{address} sent a {error.title} that this client does not know ({field}: {first['msg']}): "
            "use the paperchat of the server's version"
        ) from error
