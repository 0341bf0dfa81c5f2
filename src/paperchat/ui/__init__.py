"""The Gradio chat window: `page.create_page` builds it around a `PaperChat`, `server.launch` serves it.

Tabs and handlers use Gradio, ``server`` the web server; HTML is in ``templates``, CSS and JavaScript in
``static``. Imports assistant, render and what is below them.
"""
