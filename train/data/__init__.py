"""Training examples: open datasets, and examples derived from abstracts; needs no PyTorch."""
