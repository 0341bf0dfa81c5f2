"""Subscriptions to digests by mail, and the deliveries of their issues, each of which is sent at most once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import Row, delete, func, insert, select, update

from paperchat.storage.catalogue import utc_now
from paperchat.storage.database import Database, as_iso, as_utc
from paperchat.storage.readers.owned_rows import check_number
from paperchat.storage.schema import asked_addresses, deliveries, subscriptions

Frequency = Literal["daily", "weekly"]
WhenEmpty = Literal["say", "skip"]
"""Whether a digest with nothing new is sent, and says so."""
SubscriptionState = Literal["pending", "confirmed", "refused"]
DeliveryState = Literal["waiting", "sending", "sent", "empty", "uncertain", "failed"]
MAX_SUBSCRIPTIONS = 20
"""Of an owner."""
_PENDING_DAYS = 7
"""A subscription that nobody confirms is forgotten after these."""
_KEPT_ISSUES = 30
_HANDED_OVER: tuple[DeliveryState, ...] = ("sending", "sent", "uncertain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """An address that digests of what ``owner`` follows are sent to, once it has been confirmed from there.

    Of the state ``refused`` is one whose server has refused several issues for good. ``created`` is ISO 8601 in UTC.
    """

    subscription_id: str
    address: str
    owner: str = ""
    frequency: Frequency = "daily"
    when_empty: WhenEmpty = "skip"
    state: SubscriptionState = "pending"
    created: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An issue for a subscription.

    ``waiting`` is still to be sent, from ``next_try`` on, or has nothing new so far; ``empty`` had nothing new;
    ``uncertain`` was being handed over when the program or the connection ended; ``failed`` was given up for
    ``reason``.
    """

    subscription_id: str
    issue: str
    state: DeliveryState
    tries: int
    reason: str
    next_try: datetime | None


class Subscriptions:
    """The subscriptions of a library and their deliveries; safe to share between threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, address: str, *, owner: str = "", frequency: Frequency = "daily", when_empty: WhenEmpty = "skip"
    ) -> Subscription:
        """Add a subscription that is to be confirmed; of one that is there, and not refused, only the choices change.

        Raises:
            UsageError: the owner has too many.
        """
        same = (subscriptions.c.owner == owner, subscriptions.c.address == address)
        choices = {"frequency": frequency, "when_empty": when_empty}
        with self._database.writing() as connection:
            expired = (subscriptions.c.state == "pending", subscriptions.c.created_at < _days_ago(_PENDING_DAYS))
            connection.execute(delete(subscriptions).where(*expired))
            connection.execute(delete(subscriptions).where(*same, subscriptions.c.state == "refused"))
            if connection.execute(select(subscriptions.c.id).where(*same)).first():
                connection.execute(update(subscriptions).where(*same).values(choices))
            else:
                check_number(connection, subscriptions, owner, noun="subscriptions", limit=MAX_SUBSCRIPTIONS)
                row = {"id": uuid4().hex, "owner": owner, "address": address, "state": "pending"}
                connection.execute(insert(subscriptions), [row | choices | {"created_at": utc_now()}])
            return _subscription(connection.execute(select(subscriptions).where(*same)).one())

    def all(self, *, owner: str | None = None) -> list[Subscription]:
        """The owner's subscriptions, or those of all owners, in the order in which they were added."""
        query = select(subscriptions).order_by(subscriptions.c.created_at, subscriptions.c.id)
        if owner is not None:
            query = query.where(subscriptions.c.owner == owner)
        with self._database.reading() as connection:
            return [_subscription(row) for row in connection.execute(query)]

    def find(self, subscription_id: str) -> Subscription | None:
        """The subscription of this id; ``None`` where there is none, or no more."""
        query = select(subscriptions).where(subscriptions.c.id == subscription_id)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return _subscription(row) if row else None

    def claim_question(self, subscription: Subscription, *, at_least: timedelta) -> bool:
        """Whether the mail that asks for confirmation is to be sent now.

        No address is asked again before ``at_least`` has passed, whoever subscribes it, in any letter case, and also
        where its subscription was ended meanwhile: an address that was asked is known for so long by its hash.
        """
        table, key = asked_addresses.c, _address_hash(subscription.address)
        pending = (subscriptions.c.id == subscription.subscription_id, subscriptions.c.state == "pending")
        with self._database.writing() as connection:
            connection.execute(delete(asked_addresses).where(table.asked_at <= utc_now() - at_least))
            if connection.execute(select(table.address_hash).where(table.address_hash == key)).first():
                return False
            if not connection.execute(select(subscriptions.c.id).where(*pending)).first():
                return False
            connection.execute(insert(asked_addresses), [{"address_hash": key, "asked_at": utc_now()}])
        return True

    def release_question(self, subscription: Subscription) -> None:
        """The mail that asks for confirmation could not be sent, and may be asked for again at once."""
        asked = asked_addresses.c.address_hash == _address_hash(subscription.address)
        with self._database.writing() as connection:
            connection.execute(delete(asked_addresses).where(asked))

    def set_state(self, subscription_id: str, state: SubscriptionState) -> bool:
        """Change the state; whether there is such a subscription."""
        change = update(subscriptions).where(subscriptions.c.id == subscription_id)
        with self._database.writing() as connection:
            return connection.execute(change.values(state=state)).rowcount > 0

    def delete(self, subscription_id: str) -> bool:
        """Delete a subscription with its deliveries; whether there was one."""
        with self._database.writing() as connection:
            return connection.execute(delete(subscriptions).where(subscriptions.c.id == subscription_id)).rowcount > 0

    # Deliveries

    def deliveries(self, subscription_ids: Iterable[str]) -> list[Delivery]:
        """The deliveries of these subscriptions, the latest issue first."""
        query = select(deliveries).where(deliveries.c.subscription_id.in_(list(subscription_ids)))
        with self._database.reading() as connection:
            return [_delivery(row) for row in connection.execute(query.order_by(deliveries.c.issue.desc()))]

    def latest_deliveries(self) -> dict[str, Delivery]:
        """The delivery of the latest issue of each subscription that has one, by the subscription's id."""
        with self._database.reading() as connection:
            rows = connection.execute(select(deliveries).order_by(deliveries.c.issue)).all()
        return {row.subscription_id: _delivery(row) for row in rows}

    def open_delivery(self, subscription_id: str, issue: str) -> Delivery:
        """The delivery of an issue, made if there is none; earlier ones that still wait are given up for it."""
        of_it = deliveries.c.subscription_id == subscription_id
        this = (of_it, deliveries.c.issue == issue)
        with self._database.writing() as connection:
            row = connection.execute(select(deliveries).where(*this)).first()
            if row is None:
                waiting = update(deliveries).where(of_it, deliveries.c.state == "waiting")
                connection.execute(waiting.where(deliveries.c.tries == 0).values(state="empty"))
                connection.execute(waiting.where(deliveries.c.tries > 0).values(state="failed", next_try_at=None))
                values = {"subscription_id": subscription_id, "issue": issue, "state": "waiting", "tries": 0}
                connection.execute(insert(deliveries), [values | {"reason": ""}])
                old = select(deliveries.c.issue).where(of_it).order_by(deliveries.c.issue.desc()).offset(_KEPT_ISSUES)
                issues = list(connection.execute(old.limit(_KEPT_ISSUES)).scalars())
                connection.execute(delete(deliveries).where(of_it, deliveries.c.issue.in_(issues)))
                row = connection.execute(select(deliveries).where(*this)).one()
        return _delivery(row)

    def covered_until(self, subscription_id: str) -> datetime | None:
        """Up to when the papers are in issues that were sent; ``None`` before the first one."""
        query = select(func.max(deliveries.c.covered_until)).where(
            deliveries.c.subscription_id == subscription_id, deliveries.c.state.in_(_HANDED_OVER)
        )
        with self._database.reading() as connection:
            found: datetime | None = connection.execute(query).scalar()
        return as_utc(found) if found else None

    def begin_handing_over(self, delivery: Delivery, *, covered_until: datetime) -> bool:
        """Whether this process may send the issue: no other does or did. From here on nobody else will."""
        values = {"state": "sending", "covered_until": covered_until, "next_try_at": None}
        return self._change(delivery, "waiting", **values)

    def finish(self, delivery: Delivery) -> None:
        """The server has taken the issue."""
        self._change(delivery, "sending", state="sent", reason="")

    def doubt(self, delivery: Delivery, reason: str) -> None:
        """The server may have taken the issue, or not: it is not sent again."""
        self._change(delivery, "sending", state="uncertain", reason=reason)

    def fail(self, delivery: Delivery, reason: str, *, next_try: datetime | None) -> None:
        """The issue was surely not sent; it is tried again at ``next_try``, or given up."""
        values = {"state": "waiting" if next_try else "failed", "reason": reason, "next_try_at": next_try}
        self._change(delivery, "waiting", "sending", tries=delivery.tries + 1, covered_until=None, **values)

    def bounce(self, delivery: Delivery, reason: str) -> None:
        """Another server says that an issue, which was sent, was not delivered."""
        self._change(delivery, "sent", "uncertain", state="failed", reason=reason)

    def mark_uncertain(self) -> list[Delivery]:
        """Deliveries that were being handed over when their process ended: they are not sent again."""
        interrupted = deliveries.c.state == "sending"
        reason = "the program ended while the mail was handed over: it is not sent again"
        with self._database.writing() as connection:
            rows = connection.execute(select(deliveries).where(interrupted)).all()
            connection.execute(update(deliveries).where(interrupted).values(state="uncertain", reason=reason))
        return [_delivery(row) for row in rows]

    def _change(self, delivery: Delivery, *before: DeliveryState, **values: Any) -> bool:
        """Change a delivery that is in one of the states ``before``; whether it was."""
        change = update(deliveries).where(
            deliveries.c.subscription_id == delivery.subscription_id,
            deliveries.c.issue == delivery.issue,
            deliveries.c.state.in_(before),
        )
        with self._database.writing() as connection:
            return connection.execute(change.values(values)).rowcount > 0


def _days_ago(days: int) -> datetime:
    return utc_now() - timedelta(days=days)


def _address_hash(address: str) -> str:
    return hashlib.sha256(address.lower().encode()).hexdigest()


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        subscription_id=row.id,
        address=row.address,
        owner=row.owner,
        frequency=row.frequency,
        when_empty=row.when_empty,
        state=row.state,
        created=as_iso(row.created_at),
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        subscription_id=row.subscription_id,
        issue=row.issue,
        state=row.state,
        tries=row.tries,
        reason=row.reason,
        next_try=as_utc(row.next_try_at) if row.next_try_at else None,
    )
