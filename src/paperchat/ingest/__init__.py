"""From a file or folder to passages in the library: sources, clean-up, chunking and the pipeline.

Imports storage, models, settings, types and errors; never query.
"""
