"""The command line: parse, one call of `paperchat.assistant`, render; what is heavy loads in a command.

Imports assistant, render and what is below them.
"""

from paperchat.cli.main import main

__all__ = ["main"]
