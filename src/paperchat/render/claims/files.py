"""A weighed claim as the content of a file, of the kind that its ending tells."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from paperchat.render import references
from paperchat.render.claims.markdown import claim_as_markdown
from paperchat.render.claims.records import claim_as_json
from paperchat.render.references import ris
from paperchat.survey.types import WeighedClaim


def claim_as_file(claim: WeighedClaim, ending: str) -> bytes:
    """``ending`` is one of `ENDINGS`; references are to all the papers that are quoted."""
    return _WRITERS[ending](claim).encode()


_WRITERS: Mapping[str, Callable[[WeighedClaim], str]] = {
    ".md": claim_as_markdown,
    ".json": lambda claim: json.dumps(claim_as_json(claim), ensure_ascii=False, indent=2) + "\n",
    ".bib": lambda claim: "\n".join(references(one.paper for one in claim.papers)),
    ".ris": lambda claim: "".join(ris(one.paper for one in claim.papers)),
}
ENDINGS = tuple(_WRITERS)
