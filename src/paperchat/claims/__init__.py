"""Weighing claims: which papers support a claim, which oppose it, and in which of its aspects."""
