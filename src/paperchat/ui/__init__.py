"""The chat window: `page.create` builds it around a `PaperChat`, `server.launch` serves it.

Only ``page``, ``server`` and the tabs import Gradio or the web server; what decides anything is in the plain modules
beside them. Imports assistant, render and what is below them.
"""
