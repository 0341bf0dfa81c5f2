"""The pages by which digests by mail are subscribed to, confirmed and ended; what they ask for is done by POST only."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from paperchat.access.middleware import VISITOR_HEADER
from paperchat.access.quotas import QuestionQuota, QuotaExceededError, asker_of
from paperchat.errors import PaperchatError, UsageError
from paperchat.mailing.mail_server import UnknownOutcomeError
from paperchat.mailing.subscription_links import CONFIRM_PATH, END_PATH, SubscriptionLinks
from paperchat.storage.readers.subscriptions import Subscription
from paperchat.ui.components import form_values, render

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.mailing.digest_mailer import DigestMailer

logger = logging.getLogger(__name__)

_NOT_SIGNED = "This link is not valid, or it is too old: copy the whole address from the mail, or subscribe again."
_NO_MAIL = "This paperchat sends no mail: its administrator has not set up a mail server."


def subscription_routes(pc: PaperChat, questions: QuestionQuota, mailer: DigestMailer | None) -> APIRouter:
    """Return a router with the pages; without a ``mailer``, nobody can subscribe, and what is subscribed can be ended.

    The signed pages need no login, as whoever has the mail may open them. Another page's form that posts to them does
    no more than the mail's reader may, and cannot know the token.
    """
    router = APIRouter()

    def links() -> SubscriptionLinks:
        return SubscriptionLinks(subscriptions=pc.library.subscriptions, tokens=pc.components.tokens, public_url="")

    @router.get("/subscription")
    def show_form(request: Request) -> HTMLResponse:
        return _form(pc, request.headers[VISITOR_HEADER], can_subscribe=mailer is not None)

    @router.post("/subscription")
    async def subscribe(request: Request) -> HTMLResponse:
        visitor, values = request.headers[VISITOR_HEADER], await form_values(request)
        if mailer is None or values is None:
            return _page("Not subscribed", _NO_MAIL if mailer is None else "The form is too large.", status=400)
        if ended := values.get("end"):
            await asyncio.to_thread(_end_own, pc, visitor, ended)
            return await asyncio.to_thread(_form, pc, visitor, can_subscribe=True)
        address = values.get("address", "")
        try:
            await questions.aadmit(asker_of(request), address)
            subscription = await asyncio.to_thread(
                mailer.subscribe,
                address,
                owner=visitor,
                frequency="weekly" if values.get("frequency") == "weekly" else "daily",
                when_empty="say" if values.get("when_empty") == "say" else "skip",
            )
        except (UsageError, QuotaExceededError) as error:
            return _page("Not subscribed", str(error), status=400)
        except UnknownOutcomeError:
            return _page("One more step", f"A mail to {address} may be on its way: confirm in it.")
        except PaperchatError as error:
            logger.warning("a mail that asks for confirmation was not sent: %s", error)
            return _page("Not subscribed", "The mail server did not take the mail: try again later.", status=502)
        if subscription.state == "confirmed":
            return _page("Subscribed", f"{subscription.address} gets a digest, {subscription.frequency}.")
        return _page("One more step", f"A mail was sent to {subscription.address}: confirm in it within a week.")

    @router.get(CONFIRM_PATH + "{token}")
    def ask_to_confirm(token: str) -> HTMLResponse:
        subscription = links().to_confirm(token)
        if subscription is None:
            return _page("Not confirmed", _NOT_SIGNED, status=404)
        return _page("Confirm your digest", f"Send digests to {subscription.address}?", action="Confirm")

    @router.post(CONFIRM_PATH + "{token}")
    def confirm(token: str) -> HTMLResponse:
        subscription = links().confirm(token)
        if subscription is None:
            return _page("Not confirmed", _NOT_SIGNED, status=404)
        return _page("Confirmed", f"{subscription.address} gets a digest, {subscription.frequency}.")

    @router.get(END_PATH + "{token}")
    def ask_to_end(token: str) -> HTMLResponse:
        address = links().to_end(token)
        if address is None:
            return _page("Not unsubscribed", _NOT_SIGNED, status=404)
        return _page("Unsubscribe", f"Send no more digests to {address}?", action="Unsubscribe")

    @router.post(END_PATH + "{token}")
    def end(token: str) -> HTMLResponse:
        if not links().end(token):
            return _page("Not unsubscribed", _NOT_SIGNED, status=404)
        return _page("Unsubscribed", "This subscription has ended, and its address was forgotten with it.")

    return router


def _form(pc: PaperChat, visitor: str, *, can_subscribe: bool) -> HTMLResponse:
    subscriptions: list[Subscription] = pc.library.subscriptions.all(owner=visitor)
    text = "" if can_subscribe else _NO_MAIL
    return HTMLResponse(
        str(render("subscription_form.html", text=text, can_subscribe=can_subscribe, subscriptions=subscriptions)),
        headers={"cache-control": "no-store"},
    )


def _page(title: str, text: str, *, action: str = "", status: int = 200) -> HTMLResponse:
    """A page that says one thing, and has a button that posts to its own address where there is an ``action``."""
    return HTMLResponse(
        str(render("subscription_page.html", title=title, text=text, action=action)),
        status_code=status,
        headers={"cache-control": "no-store"},
    )


def _end_own(pc: PaperChat, visitor: str, subscription_id: str) -> None:
    """End a subscription of the visitor's own."""
    if any(one.subscription_id == subscription_id for one in pc.library.subscriptions.all(owner=visitor)):
        pc.library.subscriptions.delete(subscription_id)
