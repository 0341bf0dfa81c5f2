"""Evaluation through the ordinary code path: answers over a library, retrieval over a test collection."""
