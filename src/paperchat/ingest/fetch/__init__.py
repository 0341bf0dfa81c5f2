"""Papers and PDFs from the web: one HTTP client, the APIs of arXiv and Daily Papers, DOIs, and linked PDFs.

The only importer of httpx in ``ingest``.
"""
