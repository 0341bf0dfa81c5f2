"""Sends the digests that are due, each at most once, and tries those again that were refused."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from paperchat.errors import LibraryBusyError, PaperchatError
from paperchat.mailing.bounces import refuse_where_refused
from paperchat.mailing.digest_message import confirmation_message, digest_message
from paperchat.mailing.mail_server import (
    MailRefusedError,
    MailServer,
    MailSettings,
    UnknownOutcomeError,
    mail_address,
)
from paperchat.mailing.subscription_links import SubscriptionLinks
from paperchat.reading.digest import Digest, DigestSpan, DigestWriter
from paperchat.reading.signed_tokens import SignedTokens
from paperchat.reading.standing_answers import StandingQuestionChecker
from paperchat.storage.catalogue import utc_now
from paperchat.storage.library import Library
from paperchat.storage.readers.subscriptions import Delivery, Frequency, Subscription, WhenEmpty

logger = logging.getLogger(__name__)

FIRST_RETRY = timedelta(minutes=5)
_RETRY_FACTOR = 4
_MAX_TRIES = 6
_MAX_PERMANENT_TRIES = 3
"""Of an issue that the server refuses for good."""
_QUESTION_INTERVAL = timedelta(hours=1)
SEND_INTERVAL = 300.0  # seconds
_STOP_TIMEOUT = 10.0  # seconds
_WEEKEND = 5  # of `date.weekday`
_SPANS: dict[Frequency, DigestSpan] = {"daily": "day", "weekly": "week"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryProblem:
    """An issue that was not sent, or may not have been, and when it is tried again, if it is."""

    address: str
    issue: str
    reason: str
    next_try: datetime | None = None


@dataclass(slots=True, kw_only=True)
class SendReport:
    """What a run did: addresses that a digest was sent to, or that had nothing new; and what went wrong.

    ``waiting`` are refused ones whose time has not come; ``uncertain`` may have been sent, and are not sent again.
    """

    started: datetime
    sent: list[str] = field(default_factory=list)
    nothing_new: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    problems: list[DeliveryProblem] = field(default_factory=list)
    uncertain: list[DeliveryProblem] = field(default_factory=list)


class DigestMailer:
    """Asks for the confirmation of subscriptions, and sends their digests; safe to share between threads."""

    def __init__(
        self,
        *,
        library: Library,
        digests: Callable[[], DigestWriter],
        checker: Callable[[], StandingQuestionChecker],
        tokens: SignedTokens,
        settings: MailSettings,
        hour: int = 0,
    ) -> None:
        """``hour`` is the one, local time, from which the digests of a day are due."""
        self._library = library
        self._subscriptions = library.subscriptions
        self._digests = digests
        self._checker = checker
        self._settings = settings
        self._hour = hour
        self._links = SubscriptionLinks(
            subscriptions=library.subscriptions, tokens=tokens, public_url=settings.public_url
        )

    def subscribe(
        self, address: str, *, owner: str = "", frequency: Frequency = "daily", when_empty: WhenEmpty = "skip"
    ) -> Subscription:
        """Subscribe an address to digests of what the owner follows, and send it the mail that asks to confirm.

        No second such mail is sent within the hour. Of a subscription that is confirmed, the choices change.

        Raises:
            UsageError: it is no address, or the owner has too many.
            MailRefusedError: the mail could not be sent; nothing is lost, and it may be tried again at once.
            UnknownOutcomeError: it may have been sent.
        """
        valid = mail_address(address).addr_spec
        subscription = self._subscriptions.add(valid, owner=owner, frequency=frequency, when_empty=when_empty)
        if self._subscriptions.claim_question(subscription, at_least=_QUESTION_INTERVAL):
            message = confirmation_message(subscription, settings=self._settings, links=self._links)
            try:
                with MailServer(self._settings) as server:
                    server.hand_over(message)
            except MailRefusedError:
                self._subscriptions.release_question(subscription)
                raise
        return subscription

    def send_due(self, *, now: datetime | None = None) -> SendReport:
        """Send each confirmed subscriber the issue of the day or week that was not sent yet.

        It may be called at any time and by several processes: an issue is sent once, also where one of them is
        killed. ``now`` is the local time.

        Raises:
            LibraryBusyError: another process is sending.
        """
        lock = self._library.process_lock("mail")
        if not lock.acquire(0):
            raise LibraryBusyError("another process is sending digests: nothing is to be done here")
        try:
            return self._send(now or datetime.now().astimezone())
        finally:
            lock.release()

    def _send(self, now: datetime) -> SendReport:
        report = SendReport(started=now.astimezone(UTC))
        subscriptions = {one.subscription_id: one for one in self._subscriptions.all()}
        for interrupted in self._subscriptions.mark_uncertain():
            reason = "the program ended while the mail was handed over"
            subscription = subscriptions[interrupted.subscription_id]
            report.uncertain.append(
                DeliveryProblem(address=subscription.address, issue=interrupted.issue, reason=reason)
            )
        due = self._due(list(subscriptions.values()), now, report)
        for owner in {one.owner: None for one, _ in due}:
            try:
                self._checker().check(owner=owner)
            except PaperchatError as error:
                logger.warning("standing questions could not be asked: %s", error)
        with MailServer(self._settings) as server:
            refusal: MailRefusedError | None = None
            for subscription, delivery in due:
                refusal = self._deliver(subscription, delivery, server, report, refusal)
        return report

    def _due(
        self, subscriptions: Sequence[Subscription], now: datetime, report: SendReport
    ) -> list[tuple[Subscription, Delivery]]:
        due = []
        for one in subscriptions:
            issue = issue_of(one.frequency, now, hour=self._hour)
            if one.state != "confirmed" or not issue:
                continue
            delivery = self._subscriptions.open_delivery(one.subscription_id, issue)
            if delivery.state != "waiting":
                continue
            if delivery.next_try and delivery.next_try > report.started:
                report.waiting.append(one.address)
            else:
                due.append((one, delivery))
        return due

    def _deliver(
        self,
        subscription: Subscription,
        delivery: Delivery,
        server: MailServer,
        report: SendReport,
        refusal: MailRefusedError | None,
    ) -> MailRefusedError | None:
        """Send one issue; the refusal that concerns all that follow, if there is one."""
        if refusal:
            self._fail(subscription, delivery, refusal, report)
            return refusal
        started = utc_now()
        try:
            digest = self._digest(subscription)
        except PaperchatError as error:
            self._fail(subscription, delivery, MailRefusedError(f"the digest could not be made: {error}"), report)
            return None
        if not digest.has_news and subscription.when_empty == "skip":
            report.nothing_new.append(subscription.address)
            return None
        message = digest_message(digest, subscription, delivery.issue, settings=self._settings, links=self._links)
        try:
            is_sent = server.hand_over(
                message, last_step=lambda: self._subscriptions.begin_handing_over(delivery, covered_until=started)
            )
        except MailRefusedError as error:
            self._fail(subscription, delivery, error, report)
            return error if error.concerns_all else None
        except UnknownOutcomeError as error:
            self._subscriptions.doubt(delivery, str(error))
            report.uncertain.append(
                DeliveryProblem(address=subscription.address, issue=delivery.issue, reason=str(error))
            )
            return None
        if is_sent:
            self._subscriptions.finish(delivery)
            report.sent.append(subscription.address)
            logger.debug("sent issue %s of subscription %s", delivery.issue, subscription.subscription_id)
        return None

    def _digest(self, subscription: Subscription) -> Digest:
        return self._digests().write(
            owner=subscription.owner,
            span=_SPANS[subscription.frequency],
            after=self._subscriptions.covered_until(subscription.subscription_id),
        )

    def _fail(
        self, subscription: Subscription, delivery: Delivery, error: MailRefusedError, report: SendReport
    ) -> None:
        is_permanent = error.is_permanent and not error.concerns_all
        tries = delivery.tries + 1
        is_given_up = tries >= (_MAX_PERMANENT_TRIES if is_permanent else _MAX_TRIES)
        next_try = None if is_given_up else report.started + FIRST_RETRY * _RETRY_FACTOR ** (tries - 1)
        self._subscriptions.fail(delivery, str(error), next_try=next_try)
        report.problems.append(
            DeliveryProblem(address=subscription.address, issue=delivery.issue, reason=str(error), next_try=next_try)
        )
        if is_given_up and is_permanent:
            refuse_where_refused(self._subscriptions, subscription.subscription_id)


@contextmanager
def sending_regularly(mailer: DigestMailer, *, interval: float = SEND_INTERVAL) -> Iterator[None]:
    """Send what is due every ``interval`` seconds, in a thread of its own, until the end of the context."""
    stopped = threading.Event()

    def run() -> None:
        while not stopped.wait(interval):
            try:
                report = mailer.send_due()
            except LibraryBusyError:
                continue
            except PaperchatError as error:
                logger.warning("digests could not be sent: %s", error)
                continue
            for one in (*report.problems, *report.uncertain):
                logger.warning("the digest of %s was not sent to %s: %s", one.issue, one.address, one.reason)

    sending = threading.Thread(target=run, name="digests", daemon=True)
    sending.start()
    try:
        yield
    finally:
        stopped.set()
        sending.join(_STOP_TIMEOUT)


def issue_of(frequency: Frequency, now: datetime, *, hour: int = 0) -> str:
    """The issue that is due: the day, but for Saturdays and Sundays, or the week; empty before its hour."""
    if now.hour < hour and (frequency == "daily" or now.weekday() == 0):
        return ""
    if frequency == "weekly":
        year, week, _ = now.isocalendar()
        return f"{year}-W{week:02}"
    return "" if now.weekday() >= _WEEKEND else now.date().isoformat()
