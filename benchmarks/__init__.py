"""Scripts that produce the figures of docs/benchmarks.md and fit the weights that ship; run with ``python -m``."""
