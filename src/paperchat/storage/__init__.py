"""The library on disk: a SQLite catalogue, the source of truth, and indexes in Chroma and Tantivy, or in Milvus.

Imported by ``ingest``, ``retrieval`` and all that builds on them, mostly through ``storage.library``.
"""
