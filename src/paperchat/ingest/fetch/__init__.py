"""Fetches papers and PDFs from the web: the HTTP client, the APIs of arXiv, Daily Papers and DOIs, and linked PDFs.

Sole importer of httpx in ``ingest``.
"""
