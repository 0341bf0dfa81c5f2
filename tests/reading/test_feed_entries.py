"""Feeds as Atom: valid, with exact quotes, and with text of papers as nothing but text."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from atom_rules import ATOM, Markup, checked_atom, entries_of

from daily_library import DailyPaper, ingest_daily, make_daily_library
from hostile_paper import ABSTRACT, write_hostile_paper
from paperchat.assistant import PaperChat
from paperchat.errors import NotFoundError, UsageError
from paperchat.render.atom import feed_as_atom
from paperchat.render.digest_formats import digest_as_html, digest_as_mail_html, digest_as_markdown

SWIFT = DailyPaper(
    number=6,
    day="2026-05-08",
    title="Faster Brain MRI with Diffusion",
    abstract="Scanning takes long. We propose SwiftScan, a diffusion model that reconstructs brain MRI quickly.",
    upvotes=7,
)


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    folder = tmp_path_factory.mktemp("feeds")
    with make_daily_library(folder) as opened:
        opened.ingest(write_hostile_paper(folder))
        yield opened


def test_each_kind_of_feed_is_valid_and_has_quotes(chat: PaperChat) -> None:
    mine = chat.reading()
    mine.save("thesis", ["2605.00004"])
    mine.add_standing_question("Which papers are on brain MRI?")
    titles = {
        ("day", ""): 6,
        ("day", "2026-05-04"): 2,
        ("topic", "brain MRI"): 2,
        ("author", "Song Han"): 2,
        ("organization", "IBM"): 2,
        ("collection", "thesis"): 1,
        ("standing", "1"): 1,
        ("day", "1999-01-01"): 0,
    }
    for (kind, subject), count in titles.items():
        feed = mine.feed(kind, subject)  # type: ignore[arg-type]
        root = checked_atom(feed_as_atom(feed, address="https://papers.example.org/feeds/day.atom?of=a&token=b"))
        assert len(entries_of(root)) == count, (kind, subject)
        for made in feed.entries:
            assert made.quotes
            for one in made.quotes:
                passage = chat.library.passages([one.quote.passage.passage_id])[one.quote.passage.passage_id]
                assert passage.text[one.quote.start : one.quote.end] == one.quote.text
    for subject in ("soon", "2026-13-01"):
        with pytest.raises(UsageError):
            mine.feed("day", subject)
    with pytest.raises(NotFoundError):
        chat.reading("user:ada").feed("collection", "thesis")
    with pytest.raises(UsageError):
        mine.feed("topic", "a\x00b")


def test_a_feed_gets_the_papers_that_arrive_and_stays_as_it_is_without_any(chat: PaperChat) -> None:
    mine = chat.reading()
    before = mine.feed("topic", "brain MRI")
    assert feed_as_atom(mine.feed("topic", "brain MRI")) == feed_as_atom(before)
    ingest_daily(chat, SWIFT)
    after = mine.feed("topic", "brain MRI")
    assert after.entries[0].title == SWIFT.title
    assert {one.key for one in before.entries} < {one.key for one in after.entries}
    assert (after.key, after.updated > before.updated) == (before.key, True)


@pytest.mark.security
def test_a_hostile_paper_is_only_text(chat: PaperChat) -> None:
    root = checked_atom(feed_as_atom(chat.reading().feed("topic", "counting owls at night")))
    (entry,) = entries_of(root)
    assert entry.findall(f"{ATOM}link") == []
    assert len(entry.findtext(f"{ATOM}title", "").splitlines()) == 1
    content = Markup(entry.findtext(f"{ATOM}content", ""))
    assert set(content.tags) == {"blockquote", "p"}
    assert content.attributes == []
    assert "<b>and mice</b>" in content.text
    chat.reading("hostile").follow("topic", "counting <i>owls</i> at night")
    digest = chat.reading("hostile").digest("week")
    shown = [one for one in digest.papers if "OwlNet" in one.paper.paper.abstract]
    assert shown
    assert shown[0].quote
    assert shown[0].quote.quote.text in ABSTRACT
    for page in (digest_as_html(digest), digest_as_mail_html(digest, unsubscribe_url="https://x.example/?a=1&b=2")):
        markup = Markup(page)
        assert not {"img", "script", "b", "i"} & set(markup.tags)
        links = [value for name, value in markup.attributes if name == "href"]
        assert all((link or "").startswith("https://") for link in links)
        assert shown[0].quote.quote.text in markup.text
    notes = digest_as_markdown(digest)
    assert "\\<img" in notes
    assert "\\[here\\](javascript" in notes
    assert json.dumps(notes)
