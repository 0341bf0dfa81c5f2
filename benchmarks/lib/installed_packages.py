"""Which packages that only benchmarks need are installed."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec


def missing_packages(names: Iterable[str]) -> list[str]:
    """Those of the modules that cannot be imported since they are not installed."""
    return [name for name in names if not _is_installed(name)]


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # of the parent package
        return False
