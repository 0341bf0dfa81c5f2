"""What a handler learns from the request that it answers."""

from gradio import Request

from paperchat.ui.middleware import VISITOR


def visitor_of(request: Request) -> str:
    """Who asks, as `Manners` has found out."""
    return str(request.headers[VISITOR])
