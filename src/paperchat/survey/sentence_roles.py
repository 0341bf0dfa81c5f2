"""Wording by which a sentence of a scientific text tells what it is there for, in whatever field.

Each cue adds its weight to a role for every pattern that is found; they were weighed by hand on the development half
of ``benchmarks/questions/roles.jsonl``, and `benchmarks/roles.py` tells what they are worth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["background", "problem", "method", "data", "result", "limitation", "code", "other"]
ROLES: tuple[Role, ...] = ("background", "problem", "method", "data", "result", "limitation", "code", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    role: Role
    weight: float
    pattern: re.Pattern[str]


def _cue(role: Role, weight: float, *patterns: str) -> Cue:
    return Cue(role=role, weight=weight, pattern=re.compile("|".join(patterns), re.IGNORECASE))


WE = r"(?:we|our (?:study|work|team|group)|this (?:paper|work|study|article|review|survey|report|thesis|letter))"
ADVERB = r"(?:(?:also|further|first|then|therefore|thus|here|now|here(?:in|by)|finally|next|\w+ly)\s+){0,2}"
_THINGS = (
    r"(?:patients|participants|subjects|volunteers|individuals|cases|men|women|children|adults|infants|mice|rats|"
    r"animals|samples|specimens|images|videos|clips|hours|frames|scenes|tasks|questions|prompts|examples|instances|"
    r"pairs|problems|documents|articles|papers|studies|trials|sentences|dialogues|conversations|trajectories|tokens|"
    r"genes|genomes|molecules|compounds|galaxies|stars|events|observations|records|languages|domains|categories|"
    r"datasets|benchmarks|annotations|annotated)"
)
_EVIDENCE = (
    r"(?:experiments?|results?|evaluations?|findings?|analys[ei]s|simulations?|observations|data|comparisons?|"
    r"ablations?|tests?|study|studies|calculations|measurements|benchmarks?)"
)

_SOLVED = (
    r"\b(?:address|tackl|overcom|solv|mitigat|alleviat|bypass|circumvent|resolv|bridg|remed|eliminat)\w*\b[^.]{0,40}\b"
    r"(?:challeng|limitation|problem|issue|gap|bottleneck|shortcoming|drawback|difficult|need)\w*"
    r"|\b(?:our|the proposed)\b[^.]*\b(?:prov\w+ (?:\w+ )?effective|bypass\w*|enabl\w+|outperform\w*|achiev\w+)"
)
AIM = re.compile(
    r"\?$"
    rf"|\b{WE} {ADVERB}(?:ask|wonder|address the (?:question|problem|challenge)|consider the (?:question|problem)"
    r"|tackle)\b"
    r"|\b(?:aims?|objectives?|purpose|goal) (?:of|was|were|is|are)\b|^(?:objectives?|aims?|purpose)\b"
    r"|\b(?:to (?:determine|assess|test|examine|investigate|evaluate)) (?:whether|if|the (?:effect|association))\b",
    re.IGNORECASE,
)
"""A question that is asked, or what a work is for."""

CUES = (
    _cue("code", 4.0, r"github\.(?:com|io)|gitlab|huggingface\.co|bitbucket\.org|zenodo|osf\.io|figshare|https?://"),
    _cue(
        "code",
        4.0,
        r"\b(?:codes?|codebase|software|weights|checkpoints?|models?|datasets?|data|benchmarks?|demos?|project page|"
        r"implementation|scripts|videos|package)\b[^.;]{0,60}\b(?:(?:are|is|be|been|made|were) (?:\w+ly )?(?:\w+ )?"
        r"(?:available|released|public\b|open-?sourced|accessible|found)|available (?:at|on|from|online))",
        r"\b(?:we|and) (?:will )?(?:also |publicly |fully )*(?:open-?source|release) (?:all |the |our )?(?:our |the )?"
        r"(?:source )?(?:codes?|models?|weights|implementation|software|toolkit|checkpoints)\b",
        r"\bis open[- ]source\b",
    ),
    _cue(
        "problem",
        2.2,
        r"\bremains?\b(?: an?| a| largely| still| poorly| highly| very| mostly| to be| fundamentally| \w+ly){0,2} "
        r"(?:\w+ )?(?:challeng\w+|unclear|unknown|elusive|difficult\w*|open\b|unsolved|unresolved|limited|under-?\w+|"
        r"understood|unexplored|obscure|controversial|problem\w*|bottleneck\w*|hard|questionable|determined|uncertain)",
        r"\b(?:poorly|not well|little|incompletely|not fully|not yet|barely) (?:understood|known|characteri[sz]ed"
        r"|explored|studied)\b",
        r"\blittle is known\b|\bstill (?:lacking|unclear|unknown|missing)\b|\bis lacking\b",
    ),
    _cue(
        "problem",
        1.2,
        r"\bchalleng(?:e|es|ing)\b|\bdifficult(?:y|ies)?\b|\bbottlenecks?\b|\bsuffers? from\b|\bstruggles?\b",
        r"\black(?:s|ing)?\b|\bfail(?:s|ing)? to\b|\bhinder\w*|\bimped\w+|\bobstacle|\bhamper\w*",
        r"\boverlook\w*|\bignor(?:e|es|ing)\b|\bneglect\w*|\binsufficient\w*|\binadequate\w*|\binability\b",
        r"\bcostly\b|\bprohibitive\w*|\bexpensive\b|\bimpractical\b|\binfeasible\b|\bunreliab\w+|\binefficien\w+"
        r"|\btime-consuming\b|\blabor-intensive\b",
        r"\bunder-?explored\b|\bunexplored\b|\bgap\b|\bunknown\b|\bunclear\b|\brestrict(?:s|ed|ing)?\b",
        r"\blimit(?:s|ed|ing|ations?)\b|\bdrawbacks?\b|\bshortcomings?\b|\bcrucial need\b|\bpressing\b|\bconcerns?\b",
    ),
    _cue(
        "problem",
        0.9,
        r"\b(?:existing|prior|previous|current|traditional|conventional|most|state-of-the-art) (?:\w+[- ]){0,4}"
        r"(?:methods?|approach\w*|works?|models?|systems?|techniques?|benchmarks?|datasets?|solutions?|studies"
        r"|evaluations?|algorithms?|theories|frameworks?)\b",
    ),
    _cue("problem", 0.9, r"^(?:however|yet|but|despite|although|while|nevertheless|nonetheless|unfortunately)\b"),
    Cue(role="problem", weight=2.0, pattern=AIM),
    _cue("problem", -1.8, _SOLVED),
    _cue("limitation", -1.8, _SOLVED),
    _cue(
        "method",
        2.4,
        rf"\b{WE} {ADVERB}(?:propose|present|introduce|develop|design|describe|build|construct|devise|formulate|"
        r"put forward|pioneer|create|derive|advocate|define|invent)(?:s|ed|d)?\b",
    ),
    _cue(
        "method",
        1.7,
        rf"\b{WE} {ADVERB}(?:use|utili[sz]e|employ|adopt|leverage|apply|conduct|perform|train|implement|extend|"
        r"revisit|explore|study|investigate|examine|analy[sz]e|compare|evaluate|measure|generate|combine|model|"
        r"consider|discuss|review|summari[sz]e|survey|assess|perform|carr|integrate|optimi[sz]e|simulate|merge|"
        r"manipulate|tackle|address|incorporate|sequence|treat|collect|test)(?:s|es|ed|d|ied|y)?\b",
    ),
    _cue(
        "method",
        1.6,
        r"\b(?:was|were|is|are) (?:\w+ly )?(?:used|applied|performed|measured|assessed|trained|designed|conducted|"
        r"randomi[sz]ed|assigned|collected|evaluated|analy[sz]ed|treated|obtained|calculated|determined by|examined|"
        r"compared|searched|formulated|introduced|proposed|integrated|developed|summari[sz]ed|reviewed)\b",
    ),
    _cue(
        "method",
        1.8,
        r"\b(?:our|the proposed|the new|the) (?:\w+ )?(?:method|approach|framework|model|system|pipeline|algorithm|"
        r"formulation|architecture|strategy|technique|design|key (?:idea|novelty|insight)|core)\b[^.]{0,25}\b"
        r"(?:consists?|uses?|integrates?|introduces?|leverag\w+|combin\w+|compris\w+|employs?|is rooted|is based|"
        r"is built|works|operates|first|learns|incorporates?|minimi[sz]es|is a|is to)\b",
        r"\b(?:is|as) an? (?:novel|new|simple|unified|general|efficient|end-to-end)?[^.]{0,40}\b(?:framework|method|"
        r"approach|algorithm|pipeline|paradigm|technique|system|tool|architecture|model)\b (?:that|which|for|to|"
        r"designed)\b",
    ),
    _cue(
        "method",
        0.8,
        r"\bnovel\b|\bnew (?:\w+ )?(?:framework|method|approach|algorithm|model|architecture|technique|formulation)\b",
        r"\btwo-stage\b|\bend-to-end\b|\bmodule\b|\bvia\b|\b(?:leveraging|combining|integrating|introducing)\b",
        r"^(?:first(?:ly)?|second(?:ly)?|third|finally|then|specifically|to (?:this end|address|overcome|tackle|solve|"
        r"explore|mitigate|manage|achieve))\b",
    ),
    _cue(
        "data",
        2.6,
        r"\b(?:introduce|present|release|build|construct|collect|curate|create|compile|assemble|propose|provide)"
        r"(?:s|d|ed|ing)?\b[^.;]{0,80}\b(?:datasets?|corpus|corpora|benchmarks?|databases?|test ?suites?|testbed|"
        r"collections? of|data set|cohort)\b",
        rf"\b(?:compris|consist|contain|cover|span|encompass|includ)\w*\b[^.;]{{0,50}}\b\d[\d,.]*[KMB+]?\+? "
        rf"(?:\w+[- ]){{0,3}}{_THINGS}\b",
        r"^[\w@.+-]*(?:Bench|Set|Dataset|Corpus|QA)[\w@.+-]* (?:contains|comprises|covers|consists|provides|includes)",
    ),
    _cue(
        "data",
        1.5,
        rf"(?<![\w-])\d[\d,.]*(?:[KMB]|\s(?:million|billion|thousand))?\+?\s(?:\w+[- ]){{0,3}}{_THINGS}\b",
        rf"\b{_THINGS}\b[^.;]{{0,30}}\b(?:was|were) (?:included|enrolled|recruited|evaluable|eligible|randomi[sz]ed)\b",
        r"\b(?:cohort|randomi[sz]ed|double-blind|cross-sectional|case-control|enrolled|recruited|prospective"
        r"|retrospective)\b",
        r"\b(?:using|on|from) (?:\w+ )?data (?:from|of|collected)\b|\bdata (?:were|was) (?:collected|obtained)",
        r"\b(?:evaluat|train|test|validat|experiment|measur)\w* on (?:the |a |our |both |several |two |three |four )?"
        r"[^.,;]{0,60}\b(?:datasets?|benchmarks?|corpora|corpus|data|tasks|samples)\b",
    ),
    _cue(
        "result",
        2.6,
        rf"\b{_EVIDENCE}\b(?:[ ,][^.,;]{{0,60}})? (?:show|demonstrat|reveal|indicat|suggest|confirm|find|found|"
        r"illustrat|establish|support|validat|identif|highlight|provid|prov)(?:es|ed|ing|e|s|y|ies|ied|n)?\b",
    ),
    _cue(
        "result",
        2.2,
        rf"\b{WE} {ADVERB}(?:find|found|show|showed|shown|demonstrate|observe|discover|identify|report|prove|"
        r"conclude|achieve|obtain|establish|confirm|reveal|detect|uncover|hypothesi[sz]e|verify|attain|predict|argue)(?:s|d|ed)?"
        r"\b",
        r"\bit (?:is|was) (?:found|shown|observed|concluded|demonstrated|proved|proven)\b",
        r"\b(?:in conclusion|we conclude)\b|^(?:conclusions?|results?|findings|interpretation)\b",
    ),
    _cue(
        "result",
        0.9,
        r"\boutperform\w*|\bsurpass\w*|\bsuperior\w*|\bexceed\w*|\bstate-of-the-art (?:results?|performance)\b",
        r"\bachiev(?:e|es|ed|ing)\b|\bimprov(?:e|es|ed|ement|ements)\b|\bsignificant(?:ly)?\b|\beffective(?:ly|ness)\b",
        r"\b(?:increas|decreas|reduc|rais|lower|declin|deteriorat|drop)(?:es?|ed|s)?\b",
        r"\bassociated with\b|\bcorrelat\w+|\bcompared (?:to|with)\b|\bcomparable\b|\bconsistent(?:ly)?\b",
        r"\b(?:higher|lower|better|worse|faster|larger|fewer|smaller) (?:\w+ ){0,3}than\b|\bup to\b|\bspeedup\b",
        r"\b(?:was|were) (?:not )?(?:\w+ly )?(?:related|influenced|observed|detected|increased|reduced|higher|lower|"
        r"elevated|impaired|required|sufficient|necessary)\b",
        r"\b(?:strikingly|surprisingly|interestingly|remarkably|notably|importantly)\b",
    ),
    _cue(
        "result",
        1.5,
        r"\d\s?(?:%|percent|per cent|\\%|~per cent)|\d(?:\.\d+)?\s?(?:×|x\b|-fold|fold\b|times\b)|\bp\s?[<=]\s?0?\.\d",
        r"\b(?:95% ?CI|confidence interval|odds ratio|hazard ratio|relative risk)\b|\bsigma\b",
    ),
    _cue(
        "limitation",
        2.6,
        r"\bour (?:\w+ )?(?:approach|method|model|study|analysis|work|results?|framework|data)\b[^.]{0,30}\b(?:limited"
        r"|cannot|does not|do not|may not|limitations?)\b",
        r"\b(?:key|main|major|significant|important|several|some|potential|critical|fundamental|current) limitations?\b"
        r"|\blimitations? (?:of (?:our|this|the present)|include|is that)",
        r"\bfuture (?:work|research|studies|investigations?|efforts) (?:should|must|will|could|can|may|might|is|are|"
        r"includes?|needs?|has|have)\b|\b(?:left|leaves?|leaving|defer\w*|directions?|remains?|avenues?) (?:\w+ )?"
        r"(?:for|to) (?:\w+ )?(?:future|further)\b|\bfuture directions?\b|\b(?:further|more|additional) "
        r"(?:\w+ )?(?:research|studies|work|investigations?|evidence|trials) (?:is|are|will be|would be)? ?(?:\w+ )?"
        r"(?:needed|required|necessary|warranted)",
        r"\bopen (?:problem|question|challenge|issue)s?\b|\bremains? (?:to be|an open)\b|\bwe leave\b",
        r"\b(?:should|must) be interpreted with\b|\bnot (?:yet )?generali[sz]e\b|\bneed(?:s)? (?:for|to be) (?:further|"
        r"more|better|improved)\b|\broom for improvement\b|\bfar from\b|\bstill (?:lag|struggle|fail|fall|lack|face)",
    ),
    _cue(
        "limitation",
        1.1,
        r"\b(?:still|even|only|merely)\b[^.]{0,60}\b(?:struggle|fail|lag|limited|lack|unable|below|difficult\w*)",
        r"\bdegrad\w+|\bfragil\w+|\bbrittle\w*|\bvulnerab\w+|\bfail(?:s|ed|ures?)?\b|\bunable to\b|\bcannot\b"
        r"|\blacks?\b|\blacking\b|\bstruggles?\b|\bhallucinat\w+",
        r"\bat the (?:cost|expense) of\b|\b(?:suffer|face|inherent|entail)\w*\b[^.]{0,40}\btrade-?offs?\b",
        r"\bonly (?:a )?(?:modest|marginal|limited|partial)",
    ),
    _cue(
        "other",
        1.9,
        r"\bpav(?:e|es|ing) the way\b|\bwe (?:hope|believe|envision)\b|\bshed(?:s|ding)? (?:new )?light\b|\broadmap\b",
        r"\b(?:provid|offer|open|lay|serv|represent|mark)(?:e|es|s|ing)\b[^.]{0,40}\b(?:foundation|insights?|avenues?|"
        r"directions?|step|perspectives?|guidance|tool|advancement|paradigm|understanding|possibilit\w+)\b",
        r"\b(?:this|our) work (?:represents|opens|highlights|underscores|advances|contributes|lays)\b",
        r"\bpromising applications?\b|\bimplications? (?:for|of)\b|\bhighlight(?:s|ing) (?:the|its|their) potential\b",
        r"\bin this review\b|\bthis (?:review|survey|tutorial|chapter)\b",
    ),
    _cue(
        "background",
        1.5,
        r"\b(?:has|have) (?:\w+ly )?(?:become|shown|emerged|attracted|achieved|revolutioni[sz]ed|gained|made|been|led|"
        r"sparked|demonstrated|driven|enabled|exhibited|garnered)\b",
        r"\brecent (?:\w+ )?(?:advance\w*|progress|studies|work|years|developments?|success)\b|\brecently\b",
        r"\b(?:is|are) (?:\w+ly )?(?:widely|commonly|often|known|thought|believed|considered|expected to|essential|"
        r"critical|crucial|important|fundamental|ubiquitous)\b",
        r"\bis (?:a|an|one of) (?:\w+[- ]){0,3}(?:common|major|leading|key|fundamental|promising|important|essential|"
        r"cornerstone|critical|risk factor|disease|disorder|task|problem|technique)\b",
        r"\bplays? an? (?:\w+ )?(?:important|critical|key|crucial|central|essential|pivotal)\b|\bincreasing(?:ly)?\b"
        r"|\bgrowing\b|\btraditionally\b",
    ),
)

OWN_WORK = re.compile(
    rf"\b(?:{WE} {ADVERB}(?!know|believe)\w+|in this (?:paper|work|study|article|review|survey|letter)|here,? we)",
    re.IGNORECASE,
)
"""From the first sentence with this on, an abstract speaks of its own work."""

HEADINGS: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("limitation", re.compile(r"limitation|future (?:work|direction)|open (?:problem|question|issue)|threats", re.I)),
    ("background", re.compile(r"related work|background|preliminar|literature|prior work|context", re.I)),
    ("code", re.compile(r"(?:data|code) (?:and code )?availability|reproducib", re.I)),
    ("data", re.compile(r"\bdata\b|dataset|corpus|participant|patients|subjects|setting|population|material", re.I)),
    ("result", re.compile(r"result|finding|evaluation|experiment|conclusion|interpretation|discussion|analysis", re.I)),
    ("method", re.compile(r"method|design|approach|model|algorithm|framework|intervention|measure|procedure", re.I)),
    ("problem", re.compile(r"introduction|objective|aim|purpose|motivation|problem|question|hypothes|rationale", re.I)),
)  # fmt: skip
"""What stands under a heading of a full text, or of an abstract that has headings; the first that fits."""

INLINE_HEADING = re.compile(
    r"^((?:BACKGROUND|CONTEXT|OBJECTIVES?|AIMS?|PURPOSE|INTRODUCTION|RATIONALE|HYPOTHESIS|DESIGN|SETTING|PARTICIPANTS"
    r"|PATIENTS|SUBJECTS|INTERVENTIONS?|MEASUREMENTS?|MAIN OUTCOME MEASURES?|DATA SOURCES?|STUDY SELECTION|MATERIALS?"
    r"|METHODS?|METHODOLOGY|RESULTS?|FINDINGS|PRINCIPAL FINDINGS|MAIN RESULTS|CONCLUSIONS?|INTERPRETATION|LIMITATIONS?"
    r"|DISCUSSION|SIGNIFICANCE)(?:(?:,? AND | ?/ ?|, )[A-Z]{4,}(?: [A-Z]{4,})?)*)\s?[:.]?\s"
)

Strengths = Mapping[Role, float]
"""How much speaks for each role; comparable between sentences."""

_UNDER_HEADING = 2.0
_OPENING: Mapping[Role, float] = {"background": 1.3, "problem": 0.9, "method": -0.2, "result": -0.6, "limitation": -2.0}
"""Before an abstract speaks of its own work."""
_OWN: Mapping[Role, float] = {"background": -1.0, "problem": -1.1, "method": 0.5, "result": 0.3}
"""From there on."""
_TOWARDS_THE_END: Mapping[Role, float] = {"result": 1.1, "other": 0.7, "method": -0.6, "limitation": 0.6, "code": 0.3}
"""Weighed by the place, from 0 to 1."""


def strengths(sentences: Sequence[str], *, heading: str = "") -> list[dict[Role, float]]:
    """What speaks for each role of each sentence of one passage, in order.

    Args:
        heading: of the section of a full text; empty for an abstract.
    """
    own = next((place for place, one in enumerate(sentences) if OWN_WORK.search(one)), None)
    under = role_under(heading)
    found = []
    for place, sentence in enumerate(sentences):
        if marked := INLINE_HEADING.match(sentence):
            under = role_under(marked[1])
        scores = dict.fromkeys(ROLES, 0.0)
        for cue in CUES:
            scores[cue.role] += cue.weight * (1 if cue.pattern.search(sentence) else 0)
        if under:
            scores[under] += _UNDER_HEADING
        if not heading:
            _by_place(scores, place, len(sentences), own)
        found.append(scores)
    return found


def roles(sentences: Sequence[str], *, heading: str = "") -> list[Role]:
    """The role of each sentence: that for which most speaks."""
    return [leading(scores) for scores in strengths(sentences, heading=heading)]


def leading(scores: Strengths) -> Role:
    return max(ROLES, key=lambda role: scores[role])


def _by_place(scores: dict[Role, float], place: int, count: int, own: int | None) -> None:
    at = place / max(count - 1, 1)
    before = place < own if own is not None else at < 0.5
    for role, weight in (_OPENING if before else _OWN).items():
        scores[role] += weight
    for role, weight in _TOWARDS_THE_END.items():
        scores[role] += weight * at
    if not before:
        # A gap told after the own work began is one that the work leaves or finds.
        scores["limitation"] += 0.3 * max(scores["problem"], 0.0)


def role_under(heading: str) -> Role | None:
    """The role of what stands under this heading, which may have those above it before a ``›``."""
    own = heading.rsplit("›", 1)[-1]
    return next((role for role, pattern in HEADINGS if own and pattern.search(own)), None)
