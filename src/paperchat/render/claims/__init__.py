"""A weighed claim as JSON, Markdown and files; ``terminal``, which needs rich, is imported on its own.

Imports `render`'s other parts and `survey.records`.
"""

from paperchat.render.claims.files import ENDINGS, claim_as_file
from paperchat.render.claims.markdown import claim_as_markdown
from paperchat.render.claims.records import claim_as_json

__all__ = ["ENDINGS", "claim_as_file", "claim_as_json", "claim_as_markdown"]
