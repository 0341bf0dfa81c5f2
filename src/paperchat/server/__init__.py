"""The web server: one ASGI app with the API, the window and what else speaks HTTP; `web_server.launch` serves it.

Imports ``ui``, which knows nothing of it, and what is below that; only the command line imports it.
"""
