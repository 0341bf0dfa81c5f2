"""The signed links of mails: by them a subscription is confirmed or ended, without a login."""

from __future__ import annotations

from datetime import timedelta

from paperchat.reading.signed_tokens import SignedTokens
from paperchat.storage.readers.subscriptions import Subscription, Subscriptions

CONFIRM_WITHIN = timedelta(days=7)
CONFIRM_PATH = "/subscription/signed/confirm/"
END_PATH = "/subscription/signed/end/"


class SubscriptionLinks:
    """Makes the links and does what they are for; ``public_url`` is the address of the window."""

    def __init__(self, *, subscriptions: Subscriptions, tokens: SignedTokens, public_url: str) -> None:
        self._subscriptions = subscriptions
        self._tokens = tokens
        self._public_url = public_url

    def confirm_url(self, subscription: Subscription) -> str:
        """The address of the page that asks for the confirmation."""
        token = self._tokens.sign("confirm", [subscription.subscription_id, subscription.address])
        return f"{self._public_url}{CONFIRM_PATH}{token}"

    def unsubscribe_url(self, subscription: Subscription) -> str:
        """The address at which one POST ends the subscription; it never expires."""
        token = self._tokens.sign("unsubscribe", [subscription.subscription_id, subscription.address])
        return f"{self._public_url}{END_PATH}{token}"

    def to_confirm(self, token: str) -> Subscription | None:
        """The subscription that a token may confirm; ``None`` where it may not, or not any more."""
        return self._of(self._tokens.read("confirm", token, lifetime=CONFIRM_WITHIN))

    def to_end(self, token: str) -> str | None:
        """The address whose subscription a token may end, even where it was ended before; ``None`` where it may not."""
        values = self._tokens.read("unsubscribe", token)
        return values[1] if values and len(values) == 2 else None

    def confirm(self, token: str) -> Subscription | None:
        """Confirm a subscription, after which digests are sent; again is no error."""
        subscription = self.to_confirm(token)
        if subscription and subscription.state != "confirmed":
            self._subscriptions.set_state(subscription.subscription_id, "confirmed")
        return subscription

    def end(self, token: str) -> bool:
        """End a subscription and forget its address; whether the token may, and again is no error."""
        values = self._tokens.read("unsubscribe", token)
        if not values or len(values) != 2:
            return False
        self._subscriptions.delete(values[0])
        return True

    def _of(self, values: list[str] | None) -> Subscription | None:
        found = self._subscriptions.find(values[0]) if values and len(values) == 2 else None
        return found if found and values and found.address == values[1] else None
