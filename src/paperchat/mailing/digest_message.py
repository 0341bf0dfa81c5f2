"""Messages: a digest with its text and HTML, and the mail that asks for the confirmation of a subscription."""

from __future__ import annotations

from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from paperchat.mailing.bounces import message_id
from paperchat.mailing.mail_server import MailSettings
from paperchat.mailing.subscription_links import SubscriptionLinks
from paperchat.reading.digest import Digest
from paperchat.render.digest_formats import digest_as_mail_html, digest_as_text
from paperchat.render.digest_wording import NOTHING_NEW, digest_heading
from paperchat.storage.catalogue import utc_now
from paperchat.storage.readers.subscriptions import Subscription
from paperchat.text.cleaning import shorten
from paperchat.text.describe import display_title, one_line

# Lines as long as SMTP allows: folding would encode the address in List-Unsubscribe beyond recognition.
_POLICY = policy.SMTP.clone(max_line_length=990, cte_type="7bit")
_MAX_SUBJECT_LENGTH = 120


def digest_message(
    digest: Digest, subscription: Subscription, issue: str, *, settings: MailSettings, links: SubscriptionLinks
) -> EmailMessage:
    """The mail with a digest; List-Unsubscribe is as in RFC 2369, and with HTTPS as in RFC 8058."""
    unsubscribe = links.unsubscribe_url(subscription)
    message = _message(subscription, issue, _subject(digest), settings)
    message["List-Id"] = f"paperchat digests <digests.paperchat.{settings.sender.domain}>"
    message["List-Unsubscribe"] = f"<{unsubscribe}>"
    if unsubscribe.startswith("https:"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(f"{digest_as_text(digest)}\n\nEvery quote is exact. To unsubscribe, open\n{unsubscribe}\n")
    message.add_alternative(digest_as_mail_html(digest, unsubscribe_url=unsubscribe), subtype="html")
    return message


def confirmation_message(
    subscription: Subscription, *, settings: MailSettings, links: SubscriptionLinks
) -> EmailMessage:
    """The mail that asks whether a subscription is meant; nothing else is sent to an address before that."""
    message = _message(subscription, utc_now().isoformat(), "Confirm your paperchat digest", settings)
    when = "each weekday" if subscription.frequency == "daily" else "each week"
    message.set_content(
        f"Someone, probably you, asked paperchat at {settings.public_url} to send {when} a digest of new papers to\n"
        f"{subscription.address}.\n\nIf you want it, open this page within a week and confirm:\n"
        f"{links.confirm_url(subscription)}\n\nIf not, do nothing: no other mail is sent to this address.\n"
    )
    return message


def _message(subscription: Subscription, issue: str, subject: str, settings: MailSettings) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    message["From"] = settings.sender
    message["To"] = Address(addr_spec=subscription.address)
    message["Subject"] = shorten(one_line(subject), _MAX_SUBJECT_LENGTH)
    message["Date"] = format_datetime(utc_now())
    message["Message-ID"] = message_id(subscription.subscription_id, issue, domain=settings.sender.domain)
    message["Auto-Submitted"] = "auto-generated"
    return message


def _subject(digest: Digest) -> str:
    heading = digest_heading(digest)
    if not digest.has_news:
        return f"{heading}: {NOTHING_NEW.rstrip('.').lower()}"
    if digest.papers:
        others = len(digest.papers) - 1
        more = f" and {others} more" if others else ""
        return f"{shorten(display_title(digest.papers[0].paper.paper), 80)}{more}"
    return f"New answers to: {digest.changes[0].question.question}"
