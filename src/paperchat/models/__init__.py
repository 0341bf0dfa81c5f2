"""Embedding models: the embedded MiniLM, and others by ``provider:name``.
Imports only settings, types and errors; nothing here is loaded before it is used."""
