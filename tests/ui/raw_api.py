"""A client of the page's own API that sends whatever it is told to, for attacks."""

from __future__ import annotations

import json
from typing import Any

import httpx

_SECONDS = 60


class RawVisitor:
    """A visitor with cookies or a login of their own; ``session_hash`` is what Gradio tells pages apart by."""

    def __init__(self, address: str, *, session_hash: str, **options: Any) -> None:
        self.session_hash = session_hash
        self.http = httpx.Client(base_url=address, timeout=_SECONDS, trust_env=False, **options)
        self.http.get("/").raise_for_status()
        functions = self.http.get("/config").json()["dependencies"]
        self._functions = {function["api_name"]: function["id"] for function in functions}

    def __enter__(self) -> RawVisitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def call(self, name: str, *data: Any, event: dict[str, Any] | None = None) -> Any:
        """What the event handler of this name returns, called directly."""
        answer = self.http.post(f"/gradio_api/run/{name}", json=self._body(name, data, event))
        return answer.json()["data"] if answer.status_code == httpx.codes.OK else answer.text

    def ask(self, question: str) -> str:
        """Everything that the server sends until the answer is complete."""
        return self.queue("answer", None, question)

    def queue(self, name: str, *data: Any, event: dict[str, Any] | None = None) -> str:
        """Everything that the server sends until the queued handler of this name ends."""
        self.join(name, *data, event=event)
        return self.messages()

    def join(self, name: str, *data: Any, event: dict[str, Any] | None = None) -> str:
        """Have a handler called, without waiting for it; the event's id."""
        # Not ``json=``, which cannot send a lone surrogate.
        content = json.dumps(self._body(name, data, event))
        headers = {"content-type": "application/json"}
        answer = self.http.post("/gradio_api/queue/join", content=content, headers=headers)
        return str(answer.raise_for_status().json()["event_id"])

    def messages(self) -> str:
        return self.http.get("/gradio_api/queue/data", params={"session_hash": self.session_hash}).text

    def _body(self, name: str, data: tuple[Any, ...], event: dict[str, Any] | None) -> dict[str, Any]:
        function = {"fn_index": self._functions[name], "session_hash": self.session_hash}
        return {"data": [*data], "event_data": event, **function}
