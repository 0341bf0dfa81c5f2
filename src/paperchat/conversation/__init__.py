"""Conversations: follow-ups resolved to standalone questions, turns stored, answers replayed, a chat engine.

Imports answering, survey, claims, serialization and what is below them; imported by the assistant.
"""
