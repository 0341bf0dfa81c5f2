"""The command line: each command parses its options, calls the assistant and renders the result.

Imports the assistant, render and what is below them; heavy modules only inside commands, so that help is instant.
"""

from paperchat.cli.main import main

__all__ = ["main"]
