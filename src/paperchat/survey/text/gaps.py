"""Whether a sentence tells of a gap: of what is missing, fails or is limited."""

from __future__ import annotations

import re

from paperchat.survey.sentence_roles import ADVERB, AIM, CUES, WE

_GAPS = tuple(cue for cue in CUES if cue.role in ("problem", "limitation") and cue.weight > 1 and cue.pattern != AIM)
_ANNOUNCED = re.compile(
    r"\b(?:discuss|outlin|conclud|provid|offer|present|explor|propos|summari[sz]|highlight|identify|survey|"
    r"categori[sz]|"
    r"suggest|argu|point)\w*\b[^.:;–-]{0,90}\b(?:challenges|directions|avenues|problems|questions|limitations|gaps)\b"
    r"(?![^.]*(?::|\b(?:including|such as|namely|e\.g)\b))(?:[^.]*\b(?:future|research|work|studies|stud(?:y|ies)|"
    r"systems?|"
    r"effective)\b[^.]*|(?: (?:in|of|for) \w+(?: \w+){0,3})?(?: (?:that|which|yet to|to be|for)\b[^.]{0,40})?)\W*$"
    r"|\bfuture (?:work|research) (?:may|might|can|could|will|should) (?:benefit|build|draw)\b",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(
    r"^(?:unlike|in contrast|compared|contrary)\b|\b(?:our|the proposed|this) (?:\w+ )?(?:method|approach|framework|"
    r"model|system|pipeline|formulation)s? (?:does|do) not (?:require|need|rely|depend|suffer)",
    re.IGNORECASE,
)


_OF_SUCCESS = re.compile(
    rf"\b(?:achiev|outperform|surpass|exceed)\w*\b|\b{WE} {ADVERB}(?:propose|introduce|present|develop|design)s?\b"
    r"|\b(?:has|have) (?:\w+ly )?been (?:\w+ly )?(?:proposed|developed|introduced)\b",
    re.IGNORECASE,
)
_OF_IMPORTANCE = re.compile(
    r"\b(?:has|have) (?:\w+ly )?(?:long )?(?:become|been|emerged as|remained) an? (?:\w+[- ]){0,3}(?:problem|"
    r"challenge|concern"
    r"|issue|topic)\b|\bis an? (?:long-?\w+|important|key|central|critical|fundamental) (?:\w+ )?(?:problem|challenge|"
    r"concern"
    r"|issue|topic)\b|^[^,]{3,80} (?:is|are) (?:essential|crucial|critical|vital|important|key|indispensable) (?:for|"
    r"in|to)\b"
    r"|\b(?:is|are) (?:a |an )?(?:\w+ly )?(?:long-?\w+|important|essential|crucial|critical) (?:in|for|to)\b",
    re.IGNORECASE,
)
_TURNS = re.compile(
    r"\b(?:but|yet|however|nevertheless|nonetheless|still|although|though|while|whereas|despite|only|remains?|lags?|"
    r"struggl\w+|cannot|limitations?|at the (?:cost|expense))\b",
    re.IGNORECASE,
)
"""What turns a sentence that begins well, or as background, to what is wrong."""


def tells_of_a_gap(text: str) -> bool:
    """Whether its words say that something is missing, fails or is limited.

    What is asked, overcome, reached, or only announced is not told; nor is a subject's importance.
    """
    if not any(gap.pattern.search(text) for gap in _GAPS):
        return False
    if any(pattern.search(text) for pattern in (AIM, _OTHERWISE, _ANNOUNCED)):
        return False
    return bool(_TURNS.search(text)) or not (_OF_SUCCESS.search(text) or _OF_IMPORTANCE.search(text))
