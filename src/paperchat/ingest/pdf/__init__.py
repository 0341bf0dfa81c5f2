"""Parses PDFs: the text in reading order with the position of each word, and the metadata of the paper.

The only importer of pypdf and pypdfium2; ``highlight``, which finds the boxes of a text range, needs neither.
"""
