"""The answerer of each kind."""

from __future__ import annotations

from collections.abc import Mapping

from paperchat.kinds.asked_sentences import AskedSentenceFinder
from paperchat.kinds.draft import KindAnswerer
from paperchat.kinds.feed import FeedWriter
from paperchat.kinds.help import HelpResponder
from paperchat.kinds.library_facts import LibraryDescriber
from paperchat.kinds.paper_comparison import PaperComparer
from paperchat.kinds.paper_list import PaperLister
from paperchat.kinds.paper_sentences import PaperSentenceReader
from paperchat.kinds.paper_summary import PaperSummarizer
from paperchat.kinds.record import RecordAnswerer
from paperchat.kinds.topic_matcher import TopicMatcher
from paperchat.kinds.topic_overview import OverviewWriter
from paperchat.models.cross_encoder import Reader
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.types import AnswerKind


def make_answerers(
    *, library: Library, searcher: Searcher, encoder: MiniLM, reader: Reader | None
) -> Mapping[AnswerKind, KindAnswerer]:
    """One answerer for each kind but ``fact``."""
    sentences = PaperSentenceReader(library=library, searcher=searcher, encoder=encoder)
    overviews = OverviewWriter(library=library, searcher=searcher, encoder=encoder, reader=reader)
    matcher = TopicMatcher(library=library, searcher=searcher, encoder=encoder)
    return {
        "list": PaperLister(library=library, searcher=searcher, matcher=matcher),
        "feed": FeedWriter(library=library, searcher=searcher, matcher=matcher),
        "summary": PaperSummarizer(library=library, reader=sentences, overviews=overviews),
        "overview": overviews,
        "comparison": PaperComparer(
            library=library,
            searcher=searcher,
            sentences=sentences,
            finder=AskedSentenceFinder(library=library, searcher=searcher, encoder=encoder, reader=reader),
        ),
        "record": RecordAnswerer(library),
        "library": LibraryDescriber(library, matcher),
        "help": HelpResponder(library),
    }
