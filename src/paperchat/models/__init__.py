"""Models: the embedded encoder and reader, and language models, embedders and rerankers by ``provider:name``.

Imports only settings and errors; no model or provider package is loaded before it is used.
"""
