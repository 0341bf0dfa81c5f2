"""The catalogue's tables, for SQLite and PostgreSQL.

A change here needs a revision in ``migrations/versions``, and one more in ``REVISIONS``.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)

from paperchat.storage.clients.server_tables import server_tables

REVISIONS = tuple(f"{number:04}" for number in range(1, 19))
HEAD = REVISIONS[-1]
COMPATIBLE_FROM = "0016"
"""The oldest revision whose programs may go on using a catalogue of this one: nothing that they use has changed since.

A revision that only adds tables, or columns with a default, leaves it as it is; any other sets it to its own number.
"""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _paper_id(*, primary_key: bool = False, index: bool = False) -> Column[str]:
    return Column(
        "paper_id",
        String,
        ForeignKey("papers.paper_id", ondelete="CASCADE"),
        primary_key=primary_key,
        index=index,
        nullable=False,
    )


papers = Table(
    "papers",
    metadata,
    Column("paper_id", String, primary_key=True),
    Column("title", Text, nullable=False),
    Column("abstract", Text, nullable=False),
    Column("authors", JSON, nullable=False),
    Column("arxiv_id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("doi", String, nullable=False),
    Column("date", String, nullable=False),
    Column("categories", JSON, nullable=False),
    Column("url", Text, nullable=False),
    Column("pdf_url", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("daily", JSON, nullable=False),
    Column("key", String, nullable=False),
    Column("withdrawn", Boolean, nullable=False, server_default=false()),
    Column("day", Integer, nullable=False, index=True),  # the date as YYYYMMDD, 0 when unknown
    Column("state", String, nullable=False, index=True),  # pending | indexed
    Column("added_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False, index=True),  # later than that of all before
)

# Keys that identify a paper. Several papers may have the same title; keys of the other kinds are unique.
paper_keys = Table(
    "paper_keys",
    metadata,
    Column("kind", String, primary_key=True),  # arxiv | doi | title | alias | key
    Column("value", Text, primary_key=True),
    _paper_id(primary_key=True, index=True),
)

paper_authors = Table(
    "paper_authors",
    metadata,
    _paper_id(primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),  # as normalization.person_key returns it
    Column("surname", Text, nullable=False, index=True),
)

paper_categories = Table(
    "paper_categories",
    metadata,
    Column("category", String, primary_key=True),  # a category or an archive
    _paper_id(primary_key=True, index=True),
)

passages = Table(
    "passages",
    metadata,
    Column("passage_id", String, primary_key=True),
    _paper_id(index=True),
    Column("ordinal", Integer, nullable=False),
    Column("basis", String, nullable=False, index=True),
    Column("section", Text, nullable=False),
    Column("page", Integer),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("turns", JSON, nullable=False, server_default="[]"),  # as Passage.turns
    Column("injections", JSON(none_as_null=True)),  # as Passage.injections, null when there are none
    Column("sha256", String, nullable=False, server_default=""),  # of the text, in UTF-8
)

# The text of a paper's PDF, from which its full-text passages are cut.
full_texts = Table(
    "full_texts",
    metadata,
    _paper_id(primary_key=True),
    Column("sha256", String, nullable=False, index=True),  # of the PDF
    Column("reader", String, nullable=False),  # version of the PDF parser
    Column("version", Integer, nullable=False),  # of the paper, 0 when unknown
    Column("source", Text, nullable=False),  # path or address of the PDF
    Column("body", LargeBinary, nullable=False),  # see full_texts.pack
)

# Superseded versions of papers, which can be shown and are not searched.
versions = Table(
    "versions",
    metadata,
    _paper_id(primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("paper", JSON, nullable=False),
    Column("passages", JSON, nullable=False),
)

# Ingested files, so that unchanged ones are not parsed again.
inputs = Table(
    "inputs",
    metadata,
    Column("location", Text, primary_key=True),
    Column("sha256", String, nullable=False, index=True),
    Column("reader", String, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("failures", JSON, nullable=False),
)
input_papers = Table(
    "input_papers",
    metadata,
    Column("location", Text, ForeignKey("inputs.location", ondelete="CASCADE"), primary_key=True),
    _paper_id(primary_key=True, index=True),
)

# Linked PDFs that are still to be downloaded, or were given up.
wanted_pdfs = Table(
    "wanted_pdfs",
    metadata,
    _paper_id(primary_key=True),
    Column("state", String, nullable=False, index=True),  # waiting | refused
    Column("reason", Text, nullable=False),
    Column("tried_at", DateTime(timezone=True)),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_try_at", DateTime(timezone=True)),
)

sentence_vectors = Table(
    "sentence_vectors",
    metadata,
    Column("passage_id", String, ForeignKey("passages.passage_id", ondelete="CASCADE"), primary_key=True),
    Column("dimension", Integer, nullable=False),
    Column("vectors", LargeBinary, nullable=False),  # float16, row by row
)

# The results read from papers, so that unchanged papers are not read again.
paper_results = Table(
    "paper_results",
    metadata,
    _paper_id(primary_key=True),
    Column("source", String, nullable=False),  # checksum of what they were read from, see kept_results
    Column("reader", String, nullable=False),  # version of the rules and weights
    Column("body", JSON, nullable=False),
)

answers = Table(
    "answers",
    metadata,
    Column("id", String, primary_key=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("body", Text, nullable=False),
    Column("owner", String, nullable=False, server_default=""),  # as of a conversation
)

# Names are unique among those of an owner, who is "" unless several people share a library.
conversations = Table(
    "conversations",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("name", Text, nullable=False),
    Column("filters", JSON, nullable=False),  # for the next question, as filters.filters_to_json returns them
    Column("open_turn", Integer),  # the last turn of the open branch
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Index("uq_conversations_owner_name", "owner", "name", unique=True),
)
turns = Table(
    "turns",
    metadata,
    Column("conversation_id", String, ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),  # from 1
    Column("after", Integer, nullable=False, server_default="0"),  # the turn before it in its branch, 0 for none
    Column("question", Text, nullable=False),
    Column("standalone_question", Text, nullable=False),
    Column("answer_id", String, ForeignKey("answers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("said", Text, nullable=False),  # the answer's text, for searching
    Column("asked_at", DateTime(timezone=True), nullable=False),
)

# Visitors of the chat page: their ratings of answers, the times of their visits, and their surveys and claims.
thumbs = Table(
    "thumbs",
    metadata,
    Column("answer_id", String, ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True),
    Column("visitor", String, primary_key=True),
    Column("up", Boolean, nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False),
)
visits = Table(
    "visits",
    metadata,
    Column("visitor", String, primary_key=True),
    Column("before", DateTime(timezone=True)),  # the visit before the latest one
    Column("latest", DateTime(timezone=True), nullable=False),
)

reports = Table(
    "reports",
    metadata,
    Column("id", String, primary_key=True),
    Column("visitor", String, nullable=False, index=True),
    Column("kind", String, nullable=False),  # survey | claim
    Column("text", Text, nullable=False),  # the topic or the claim
    Column("body", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

# What readers follow, save and ask again; each belongs to an owner, as conversations do.
follows = Table(
    "follows",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("kind", String, nullable=False),  # topic | author | organization
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False),  # the name as names of its kind are compared
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("uq_follows_owner_kind_key", "owner", "kind", "key", unique=True),
)
paper_collections = Table(
    "paper_collections",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("uq_paper_collections_owner_name", "owner", "name", unique=True),
)
collection_papers = Table(
    "collection_papers",
    metadata,
    Column("collection_id", String, ForeignKey("paper_collections.id", ondelete="CASCADE"), primary_key=True),
    _paper_id(primary_key=True, index=True),
    Column("saved_at", DateTime(timezone=True), nullable=False),
)
# What owners have made of papers; an upvote of one counts for all who share the library.
paper_marks = Table(
    "paper_marks",
    metadata,
    _paper_id(primary_key=True),
    Column("owner", String, primary_key=True, index=True),
    Column("kind", String, primary_key=True),  # read | upvote | hidden
    Column("made_at", DateTime(timezone=True), nullable=False),
)
# What readers write about papers for themselves.
paper_notes = Table(
    "paper_notes",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False, index=True),
    _paper_id(index=True),
    Column("text", Text, nullable=False),
    Column("quote", Text, nullable=False),  # exact characters of the paper, or empty
    Column("location", Text, nullable=False),  # of the quote, in words
    Column("written_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True)),
)
# What people who share a library write about papers, and who of them submitted one.
paper_comments = Table(
    "paper_comments",
    metadata,
    Column("id", String, primary_key=True),
    _paper_id(index=True),
    Column("author", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("written_at", DateTime(timezone=True), nullable=False),
)
submissions = Table(
    "submissions",
    metadata,
    _paper_id(primary_key=True),
    Column("submitter", String, nullable=False),
    Column("submitted_at", DateTime(timezone=True), nullable=False),
)
standing_questions = Table(
    "standing_questions",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("question", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("asked_at", DateTime(timezone=True)),
    Column("library_state", String, nullable=False),  # of the library when it was asked last
    Column("seen_at", DateTime(timezone=True)),  # until when the owner has seen how the answer changed
    Index("uq_standing_questions_owner_question", "owner", "question", unique=True),
)
# The answers to a standing question that differ from the one before, and the first one.
standing_answers = Table(
    "standing_answers",
    metadata,
    Column("question_id", String, ForeignKey("standing_questions.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),  # from 1
    Column("answer_id", String, ForeignKey("answers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("found_at", DateTime(timezone=True), nullable=False),
)

# Digests by mail: who is sent those of an owner, and each that was or is to be sent.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("address", String, nullable=False),
    Column("frequency", String, nullable=False),  # daily | weekly
    Column("when_empty", String, nullable=False),  # say | skip
    Column("state", String, nullable=False),  # pending | confirmed | refused
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("uq_subscriptions_owner_address", "owner", "address", unique=True),
)
# Which addresses were asked to confirm of late, also where their subscriptions were ended since.
asked_addresses = Table(
    "asked_addresses",
    metadata,
    Column("address_hash", String, primary_key=True),
    Column("asked_at", DateTime(timezone=True), nullable=False),
)
deliveries = Table(
    "deliveries",
    metadata,
    Column("subscription_id", String, ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True),
    Column("issue", String, primary_key=True),  # the day, or the week as YYYY-Www
    Column("state", String, nullable=False),  # waiting | sending | sent | empty | failed
    Column("tries", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("next_try_at", DateTime(timezone=True)),
    Column("covered_until", DateTime(timezone=True)),  # papers that were added later are for the next issue
)

# Programs that use the server: their keys, and the responses to requests that may be sent again.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),  # unique among the keys in force
    Column("scope", String, nullable=False),  # read | write | admin
    Column("sha256", String, nullable=False),  # of the token
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Column("used_at", DateTime(timezone=True)),
    Index("uq_api_keys_sha256", "sha256", unique=True),
)
stored_responses = Table(
    "stored_responses",
    metadata,
    Column("owner", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("request_sha256", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("stored_at", DateTime(timezone=True), nullable=False, index=True),
)

# What servers share that serve one library: work that goes on after its request, log-ins, counts.
jobs, ended_sessions, failed_logins, question_counts, forwarded_answers = server_tables(metadata)

meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)
