"""A client of the page's own API that sends whatever it is told to, for attacks."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx

_SECONDS = 60


class RawVisitor:
    """A visitor with cookies or a login of their own; ``session_hash`` is what Gradio tells pages apart by.

    With the ``functions`` of another visitor of the window, the page is not loaded.
    """

    def __init__(self, address: str, *, session_hash: str, **options: Any) -> None:
        self.session_hash = session_hash
        known = options.pop("functions", None)
        self.http = httpx.Client(base_url=address, timeout=_SECONDS, trust_env=False, **options)
        self.functions: dict[str, int] = known or self._read_functions()

    def _read_functions(self) -> dict[str, int]:
        """The handlers' numbers by their names, which are the same for all visitors of a window."""
        self.http.get("/").raise_for_status()
        return {one["api_name"]: one["id"] for one in self.http.get("/config").json()["dependencies"]}

    def __enter__(self) -> RawVisitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def call(self, name: str, *data: Any, event: dict[str, Any] | None = None) -> Any:
        """What the event handler of this name returns, called directly."""
        answer = self._post(f"run/{name}", name, data, event)
        return answer.json()["data"] if answer.status_code == httpx.codes.OK else answer.text

    def ask(self, question: str) -> str:
        """Everything that the server sends until the answer is complete."""
        return self.queue("answer", None, question)

    def queue(self, name: str, *data: Any, event: dict[str, Any] | None = None) -> str:
        """Everything that the server sends until the queued handler of this name ends."""
        return self.messages(self.join(name, *data, event=event))

    def join(self, name: str, *data: Any, event: dict[str, Any] | None = None) -> str:
        """Have a handler called, without waiting for it; the event's id."""
        answer = self._post("queue/join", name, data, event)
        return str(answer.raise_for_status().json()["event_id"])

    def messages(self, event_id: str) -> str:
        """What the server sends to the session until this event is complete."""
        received = ""
        deadline = time.monotonic() + _SECONDS
        parameters = {"session_hash": self.session_hash}
        with self.http.stream("GET", "/gradio_api/queue/data", params=parameters) as response:
            for line in response.iter_lines():
                received += f"{line}\n"
                if '"process_completed"' in line and event_id in line:
                    break
                assert time.monotonic() < deadline, received[-1000:]
        return received

    def _post(self, route: str, name: str, data: tuple[Any, ...], event: dict[str, Any] | None) -> httpx.Response:
        function = {"fn_index": self.functions[name], "session_hash": self.session_hash}
        # Not as httpx's ``json``, which cannot send a lone surrogate.
        content = json.dumps({"data": [*data], "event_data": event, **function})
        return self.http.post(f"/gradio_api/{route}", content=content, headers={"content-type": "application/json"})
