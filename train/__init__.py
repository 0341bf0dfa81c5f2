"""Training of the reader and export of the two small models that ship; run with ``python -m``."""
