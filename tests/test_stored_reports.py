"""A survey and a weighed claim are read back from their JSON as they were."""

from __future__ import annotations

import json

from paperchat import PaperChat
from paperchat.serialization import claim_as_json, survey_as_json
from paperchat.stored_reports import claim_from_json, survey_from_json


def test_a_survey_is_read_back(sample: PaperChat) -> None:
    survey = sample.survey("safety of large language models", most=20)
    body = json.loads(json.dumps(survey_as_json(survey)))
    restored = survey_from_json(body, sample.library)
    assert survey_as_json(restored) == body
    assert (restored.citations, restored.table, restored.coverage) == (survey.citations, survey.table, survey.coverage)
    gone = survey_from_json({**body, "map": [{**body["map"][0], "paper_id": "title:gone"}]}, sample.library)
    assert gone.points[0].paper.paper_id == "title:gone"


def test_a_claim_is_read_back(sample: PaperChat) -> None:
    claim = sample.claim("Fine-tuning removes the safety training of large language models.", most=20)
    body = json.loads(json.dumps(claim_as_json(claim)))
    restored = claim_from_json(body, sample.library)
    assert claim_as_json(restored) == body
    assert (restored.citations, restored.aspects) == (claim.citations, claim.aspects)
