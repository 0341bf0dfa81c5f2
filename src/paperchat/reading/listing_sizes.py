"""How many papers a digest lists, and of how many days the papers for a reader are, unless another number is given."""

DEFAULT_PAPERS = 10
DEFAULT_DAYS = 30
