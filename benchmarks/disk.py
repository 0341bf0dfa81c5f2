"""Size of a library on disk, by store and by table.

    python -m benchmarks.disk --library HOME [--json]

Bytes are those of the files; of tables and indexes those of their pages, with what is unused in them. The library is
only read, and copied nowhere; nobody should write to it meanwhile.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

SHOWN = 0.01  # of the whole: smaller tables are left out
STORES = {
    "the catalogue": ("catalogue.sqlite*",),
    "Chroma's records": ("chroma/chroma.sqlite3*",),
    "Chroma's graph": ("chroma/*/*",),
    "Tantivy": ("tantivy/*",),
}


def measure_disk(home: Path) -> dict[str, Any]:
    stores = {
        name: sum(file.stat().st_size for pattern in patterns for file in home.glob(pattern) if file.is_file())
        for name, patterns in STORES.items()
    }
    with closing(_connect(home / "catalogue.sqlite")) as catalogue:
        (passages,) = catalogue.execute("SELECT count(*) FROM passages").fetchone()
    tables = _tables(home / "catalogue.sqlite") + _tables(home / "chroma" / "chroma.sqlite3")
    return {"passages": passages, "bytes": sum(stores.values()), "stores": stores, "tables": tables}


def _tables(file: Path) -> list[dict[str, Any]]:
    """Tables and indexes with their bytes, of which how many are unused; empty where SQLite cannot tell."""
    query = "SELECT name, sum(pgsize), sum(unused) FROM dbstat GROUP BY name ORDER BY 2 DESC"
    with closing(_connect(file)) as database:
        try:
            rows = database.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []
        free_pages = "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size"
        (free,) = database.execute(free_pages).fetchone()
    rows.append(("(free pages)", free, free))
    return [{"file": file.name, "name": name, "bytes": size, "unused": unused} for name, size, unused in rows]


def _connect(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def format_table(found: dict[str, Any]) -> str:
    def row(name: str, size: int, unused: str = "") -> str:
        return f"| {name} | {size / 1e6:,.1f} | {size / max(found['passages'], 1):,.0f} | {unused} |"

    lines = ["| | MB | bytes a passage | unused, MB |", "|---|---|---|---|"]
    lines += [row(name, size) for name, size in found["stores"].items()]
    lines.append(row(f"**all, {found['passages']:,} passages**", found["bytes"]))
    lines += [
        row(f"{one['file']}: {one['name']}", one["bytes"], f"{one['unused'] / 1e6:,.1f}")
        for one in found["tables"]
        if one["bytes"] > SHOWN * found["bytes"]
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if not (options.library / "catalogue.sqlite").is_file():
        parser.error(f"{options.library} is no library: give the folder that `paperchat --home` was given")
    found = measure_disk(options.library)
    print(json.dumps(found) if options.json else format_table(found))


if __name__ == "__main__":
    main()
