"""The aspects in which papers are compared: the rows of a comparison."""

WHAT_IT_IS, ASKED, SIZE = "what it is", "asked", "size"
ASPECTS: tuple[str, ...] = (ASKED, WHAT_IT_IS, "method", "data", SIZE, "result", "limits")
"""The aspects in their order; the first only where the question asks for something in particular."""
