"""A library as one file: writing it while the library is used, checking it, and putting it back.

Imported by the command line; opening a library finishes a restore that was stopped.
"""
