"""The Gradio chat window: `page.create_page` builds it around a `PaperChat`, `window.create_window` makes it an app.

Tabs and handlers use Gradio; HTML is in ``templates``, CSS and JavaScript in ``static``. Imports access, assistant,
render and what is below them.
"""
