"""Reading PDFs: the text in reading order with the place of each word, and what paper it is.

The only importer of pypdf and pypdfium2; ``highlight``, which finds the boxes of a stretch of text, needs neither.
"""
