"""Bounces: reports of other servers that a digest could not be delivered (RFC 3464)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message

from paperchat.storage.readers.subscriptions import Subscription, Subscriptions
from paperchat.text.cleaning import shorten

_MAX_REFUSED_ISSUES = 3
"""After so many in a row that were refused for good, nothing more is sent to an address."""
_MAX_REASON_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """What a report says: the id of the mail that it is about, and why it was not delivered."""

    message_id: str
    reason: str


def message_id(subscription_id: str, issue: str, *, domain: str) -> str:
    """The Message-ID of an issue: always the same, and known to nobody who has not got the mail."""
    digest = hashlib.sha256(f"{subscription_id}:{issue}".encode()).hexdigest()[:32]
    return f"<{digest}@{domain}>"


def read_bounce(content: bytes) -> Bounce | None:
    """Read a mail; ``None`` where it does not report that a mail was not delivered for good."""
    message = message_from_bytes(content, policy=policy.default)
    parts = {part.get_content_type(): part for part in message.walk()}
    status = parts.get("message/delivery-status")
    if message.get_content_type() != "multipart/report" or status is None:
        return None
    failed = [one for one in _blocks(status) if str(one.get("Action", "")).strip().lower() == "failed"]
    if not failed:
        return None
    reason = str(failed[0].get("Diagnostic-Code") or failed[0].get("Status") or "no reason is given")
    return Bounce(message_id=_original_id(parts), reason=shorten(f"bounced: {reason}", _MAX_REASON_LENGTH))


def record_bounce(subscriptions: Subscriptions, content: bytes) -> Subscription | None:
    """Count a bounce as a refusal of the issue that it is about; the subscription, ``None`` where there is none."""
    bounce = read_bounce(content)
    if bounce is None:
        return None
    local = bounce.message_id.partition("@")[0]
    for subscription in subscriptions.all():
        for delivery in subscriptions.deliveries([subscription.subscription_id]):
            issued = message_id(subscription.subscription_id, delivery.issue, domain="").partition("@")[0]
            if issued == local:
                subscriptions.bounce(delivery, bounce.reason)
                refuse_where_refused(subscriptions, subscription.subscription_id)
                return subscription
    return None


def refuse_where_refused(subscriptions: Subscriptions, subscription_id: str) -> None:
    """Send nothing more to an address whose last issues were all refused."""
    latest = subscriptions.deliveries([subscription_id])[:_MAX_REFUSED_ISSUES]
    if len(latest) == _MAX_REFUSED_ISSUES and all(one.state == "failed" for one in latest):
        subscriptions.set_state(subscription_id, "refused")


def _blocks(status: Message) -> list[Message]:
    payload = status.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _original_id(parts: Mapping[str, Message]) -> str:
    """The Message-ID of the mail that is returned, of which a report has all or only the headers."""
    if (returned := parts.get("message/rfc822")) and _blocks(returned):
        return str(_blocks(returned)[0].get("Message-ID", "")).strip()
    if headers := parts.get("text/rfc822-headers"):
        content = headers.get_payload(decode=True)
        if isinstance(content, bytes):
            return str(message_from_bytes(content, policy=policy.default).get("Message-ID", "")).strip()
    return ""
