"""Answers with paper-qa: run by an interpreter that has paper-qa, and nothing of this project.

    PYTHON benchmarks/lib/paper_qa_worker.py SETTINGS PAPERS

``SETTINGS`` is a JSON file of paper-qa's settings, ``PAPERS`` a folder with ``papers.jsonl`` (``file``, ``docname``,
``citation``, ``title``) and the text files. It adds the papers with their citations given, so that no model is asked
for them, and writes a line of JSON with the seconds it took and its version. Then, for each question that it reads as
a line of JSON, it writes one with the answer of `Docs.aquery`; ``{"retrieve": QUESTION}`` gets the titles of the texts
that it would read.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # no list of prices from the network

from paperqa import Docs, Settings, __version__  # type: ignore[import-not-found] # in another environment


async def answer(docs: Docs, settings: Settings, question: str, titles: dict[str, str]) -> dict[str, object]:
    """The session of a question as plain data; ``titles`` are by docname."""
    began = time.perf_counter()
    session = await docs.aquery(question, settings=settings)
    contexts = sorted(session.contexts, key=lambda context: (-context.score, context.text.name))
    return {
        "seconds": time.perf_counter() - began,
        "text": session.raw_answer,
        "evidence": [
            {
                "key": context.id,
                "title": titles[context.text.doc.docname],
                "score": context.score,
                "summary": context.context,
            }
            for context in contexts
        ],
    }


async def main() -> None:
    replies, sys.stdout = sys.stdout, sys.stderr  # LiteLLM prints
    settings = Settings(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    folder = Path(sys.argv[2])
    papers = [json.loads(line) for line in (folder / "papers.jsonl").read_text(encoding="utf-8").splitlines()]
    titles = {paper["docname"]: paper["title"] for paper in papers}
    docs = Docs()
    began = time.perf_counter()
    for paper in papers:
        await docs.aadd(folder / paper["file"], citation=paper["citation"], docname=paper["docname"], settings=settings)
    ready = {"seconds": time.perf_counter() - began, "papers": len(docs.docs), "version": __version__}
    print(json.dumps(ready), file=replies, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if isinstance(asked, dict):
            texts = await docs.retrieve_texts(asked["retrieve"], settings.answer.evidence_k, settings)
            reply: dict[str, object] = {"titles": [titles[text.doc.docname] for text in texts]}
        else:
            reply = await answer(docs, settings, asked, titles)
        print(json.dumps(reply), file=replies, flush=True)


asyncio.run(main())
