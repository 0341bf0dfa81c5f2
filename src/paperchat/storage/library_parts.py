"""The parts of a library beside its papers. The module of each is imported when it is first used."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from paperchat.storage.stores import Stores

if TYPE_CHECKING:
    from paperchat.storage.clients.api_keys import ApiKeys
    from paperchat.storage.clients.forwarded_answers import ForwardedAnswers
    from paperchat.storage.clients.login_records import LoginRecords
    from paperchat.storage.clients.question_counts import QuestionCounts
    from paperchat.storage.clients.stored_jobs import StoredJobs
    from paperchat.storage.clients.stored_responses import StoredResponses
    from paperchat.storage.conversations import Conversations
    from paperchat.storage.feedback import Visitors
    from paperchat.storage.full_texts import FullTexts
    from paperchat.storage.kept_results import KeptResults
    from paperchat.storage.names.name_index import NameIndex
    from paperchat.storage.paper_directory import PaperDirectory
    from paperchat.storage.pending_pdfs import PendingPdfs
    from paperchat.storage.readers.collections_of_papers import PaperCollections
    from paperchat.storage.readers.community import PaperComments, PaperSubmissions
    from paperchat.storage.readers.follows import Follows
    from paperchat.storage.readers.paper_marks import PaperMarks
    from paperchat.storage.readers.paper_notes import PaperNotes
    from paperchat.storage.readers.standing_questions import StandingQuestions
    from paperchat.storage.readers.subscriptions import Subscriptions
    from paperchat.storage.recent_papers import RecentPapers
    from paperchat.storage.source_files import SourceFiles
    from paperchat.storage.versions import PaperVersions


class LibraryParts:
    """The parts, each on the library's own catalogue; a command uses a few of them."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    @cached_property
    def full_texts(self) -> FullTexts:
        """The full texts that papers were given."""
        from paperchat.storage.full_texts import FullTexts

        return FullTexts(self._stores.database)

    @cached_property
    def kept_results(self) -> KeptResults:
        """Results that have been read from papers."""
        from paperchat.storage.kept_results import KeptResults

        return KeptResults(self._stores.database)

    @cached_property
    def recent(self) -> RecentPapers:
        """The papers by the day of their listing."""
        from paperchat.storage.recent_papers import RecentPapers

        return RecentPapers(self._stores.database)

    @cached_property
    def directory(self) -> PaperDirectory:
        """An entry for each paper."""
        from paperchat.storage.paper_directory import PaperDirectory

        return PaperDirectory(self._stores.database)

    @property
    def names(self) -> NameIndex:
        """The names of papers, people and organisations."""
        return self._stores.names

    @cached_property
    def versions(self) -> PaperVersions:
        """Superseded versions of papers."""
        from paperchat.storage.versions import PaperVersions

        return PaperVersions(self._stores.database)

    @cached_property
    def source_files(self) -> SourceFiles:
        """The files that papers came from."""
        from paperchat.storage.source_files import SourceFiles

        return SourceFiles(self._stores.database)

    @cached_property
    def pending_pdfs(self) -> PendingPdfs:
        """PDFs that have still to be downloaded."""
        from paperchat.storage.pending_pdfs import PendingPdfs

        return PendingPdfs(self._stores.database)

    @cached_property
    def conversations(self) -> Conversations:
        """Conversations and their turns."""
        from paperchat.storage.conversations import Conversations

        return Conversations(self._stores.database)

    @cached_property
    def visitors(self) -> Visitors:
        """Visitors of the window, and their feedback."""
        from paperchat.storage.feedback import Visitors

        return Visitors(self._stores.database)

    @cached_property
    def follows(self) -> Follows:
        """What readers follow."""
        from paperchat.storage.readers.follows import Follows

        return Follows(self._stores.database)

    @cached_property
    def collections(self) -> PaperCollections:
        """Readers' collections of papers."""
        from paperchat.storage.readers.collections_of_papers import PaperCollections

        return PaperCollections(self._stores.database)

    @cached_property
    def marks(self) -> PaperMarks:
        """Readers' marks on papers."""
        from paperchat.storage.readers.paper_marks import PaperMarks

        return PaperMarks(self._stores.database)

    @cached_property
    def notes(self) -> PaperNotes:
        """Readers' notes on papers."""
        from paperchat.storage.readers.paper_notes import PaperNotes

        return PaperNotes(self._stores.database)

    @cached_property
    def comments(self) -> PaperComments:
        """Readers' comments on papers, for one another."""
        from paperchat.storage.readers.community import PaperComments

        return PaperComments(self._stores.database)

    @cached_property
    def submissions(self) -> PaperSubmissions:
        """Papers that readers have submitted."""
        from paperchat.storage.readers.community import PaperSubmissions

        return PaperSubmissions(self._stores.database)

    @cached_property
    def standing_questions(self) -> StandingQuestions:
        """Questions that are asked again when papers arrive."""
        from paperchat.storage.readers.standing_questions import StandingQuestions

        return StandingQuestions(self._stores.database)

    @cached_property
    def subscriptions(self) -> Subscriptions:
        """Subscriptions to digests by mail."""
        from paperchat.storage.readers.subscriptions import Subscriptions

        return Subscriptions(self._stores.database)

    @cached_property
    def api_keys(self) -> ApiKeys:
        """The keys of programs."""
        from paperchat.storage.clients.api_keys import ApiKeys

        return ApiKeys(self._stores.database)

    @cached_property
    def stored_responses(self) -> StoredResponses:
        """Responses that programs can ask for again."""
        from paperchat.storage.clients.stored_responses import StoredResponses

        return StoredResponses(self._stores.database)

    @cached_property
    def forwarded_answers(self) -> ForwardedAnswers:
        """Answers to programs that keep their conversations themselves."""
        from paperchat.storage.clients.forwarded_answers import ForwardedAnswers

        return ForwardedAnswers(self._stores.database)

    @cached_property
    def jobs(self) -> StoredJobs:
        """Work that goes on after the request for it."""
        from paperchat.storage.clients.stored_jobs import StoredJobs

        return StoredJobs(self._stores.database)

    @cached_property
    def login_records(self) -> LoginRecords:
        """Sessions that were ended, and log-ins that failed."""
        from paperchat.storage.clients.login_records import LoginRecords

        return LoginRecords(self._stores.database)

    @cached_property
    def question_counts(self) -> QuestionCounts:
        """How many questions each asker has asked of late."""
        from paperchat.storage.clients.question_counts import QuestionCounts

        return QuestionCounts(self._stores.database)

    @property
    def has_shared_catalogue(self) -> bool:
        """Whether the catalogue is on a server, which several machines may use."""
        return not self._stores.database.is_file

    def check_reachable(self) -> None:
        """Check that questions can be answered: that the catalogue can be read by this program, and the indexes, too.

        Raises:
            LibraryVersionError: a newer paperchat has migrated the catalogue to what this one does not know.
            StorageError: one of them cannot be read.
        """
        self._stores.database.check_version()
        self._stores.index.check()
