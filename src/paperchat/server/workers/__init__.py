"""Processes that answer questions for the server; the server starts them."""
