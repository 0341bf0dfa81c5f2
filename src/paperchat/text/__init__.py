"""Text on its own: cleaning, sentences, tokens, facts in a sentence, and prompt injection.

Imports types and errors only.
"""
