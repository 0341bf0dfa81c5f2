"""A survey as the content of a file, of the kind that its ending tells."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from paperchat.render import references
from paperchat.render.references import ris
from paperchat.render.surveys.markdown import survey_as_markdown
from paperchat.render.surveys.page import survey_as_html
from paperchat.render.surveys.records import survey_as_json
from paperchat.render.surveys.spreadsheet import table_as_csv
from paperchat.survey.survey_labels import papers_cited
from paperchat.survey.types import Survey


def survey_as_file(survey: Survey, ending: str) -> bytes:
    """``ending`` is one of `ENDINGS`; references are to the papers that the text cites."""
    return _WRITERS[ending](survey)


def _json(survey: Survey) -> bytes:
    return (json.dumps(survey_as_json(survey), ensure_ascii=False, indent=2) + "\n").encode()


def _svg(survey: Survey) -> bytes:
    from paperchat.render.survey_map import map_svg

    return map_svg(survey).encode()


def _png(survey: Survey) -> bytes:
    from paperchat.render.survey_map import map_png

    return map_png(survey)


_WRITERS: Mapping[str, Callable[[Survey], bytes]] = {
    ".md": lambda survey: survey_as_markdown(survey).encode(),
    ".html": lambda survey: survey_as_html(survey).encode(),
    ".json": _json,
    ".bib": lambda survey: "\n".join(references(papers_cited(survey))).encode(),
    ".ris": lambda survey: "".join(ris(papers_cited(survey))).encode(),
    ".csv": lambda survey: table_as_csv(survey).encode(),
    ".svg": _svg,
    ".png": _png,
}
ENDINGS = tuple(_WRITERS)
