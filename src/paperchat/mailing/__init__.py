"""Digests by mail: subscriptions, messages, and their delivery, each to a subscriber at most once."""
