"""From a question to ranked passages: query analysis, fusion of the two indexes, postprocessors.

Never imports ingest.
"""
