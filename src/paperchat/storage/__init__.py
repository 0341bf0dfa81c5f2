"""The library on disk: a SQLite catalogue that is the truth, and Chroma and Tantivy derived from it.

Imported by ``ingest``, ``query``, ``survey``, ``evaluate`` and ``assistant``, through ``storage.library``.
"""
