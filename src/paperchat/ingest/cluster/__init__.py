"""Ingestion on a Ray cluster: its workers parse PDFs, cut passages and embed them; this process reads and writes.

Nothing here is imported without ``--ray``, and only these modules import Ray.
"""
