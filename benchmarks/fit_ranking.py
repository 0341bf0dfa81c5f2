"""Fits the weights of the rank fusion and writes them to ``src/paperchat/retrieval/ranking.json``.

    python -m benchmarks.fit_ranking --data DATA --cache DIR [--out DIR]

Of ``DRAWS`` random weightings, the best ``AVERAGED`` are averaged. A weighting is scored by the collection it serves
worst: the minimum, over the collections, of nDCG@10 relative to cosine and BM25 alone. First each collection is left
out in turn and evaluated with weights chosen on the others, which is what a new field may expect; the weights that are
written are chosen on all. The passages compared are those that `Ranker` compares.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.lib.replayed_vectors import ReplayedEmbedding, build_library, embed_papers, load_vectors, read_papers
from benchmarks.lib.weights_inputs import hash_inputs
from paperchat.assistant import PaperChat
from paperchat.evaluation.beir import corpus_file, judgements_file, read_judgements, read_queries
from paperchat.retrieval.ranker import FEEDBACK, RANKING_FILE, SIGNALS, Floats, Ranker, RankingWeights, fuse
from paperchat.storage.name_normalization import paper_id_of

COLLECTIONS = ("autoscholar_20k", "cranfield", "scifact", "scitldr")
DRAWS = 600
AVERAGED = 20
LARGEST_WEIGHTS = {"bm25": 1.5, "pieces": 0.8, "pieces_in_title": 0.6, "pairs": 0.4, "feedback": 1.5}
"""The upper end of each weight's range, where the weight of the cosine is 1."""
BASELINE = {**dict.fromkeys((*SIGNALS, FEEDBACK), 0.0), "cosine": 1.0, "bm25": 0.7}
DEPTH = 10
DISCOUNT = 1 / np.log2(np.arange(2, DEPTH + 2))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Query:
    """The passages compared for one query: signals, vectors, the document of each, and its relevance grade."""

    rows: Floats
    vectors: NDArray[np.float32]
    documents: NDArray[np.int64]
    gains: Floats
    ideal: float

    def ndcg(self, weights: RankingWeights) -> float:
        order = np.argsort(-fuse(self.rows, self.vectors, weights), kind="stable")
        _, first = np.unique(self.documents[order], return_index=True)
        gains = self.gains[order[np.sort(first)[:DEPTH]]]
        return float(gains @ DISCOUNT[: len(gains)]) / self.ideal


def judged_queries(name: str, *, data: Path, cache: Path) -> list[Query]:
    folder = data / "ir" / name
    vectors = cache / "vectors" / name
    embed_papers(corpus_file(folder), vectors)
    build_library(cache / name, read_papers(corpus_file(folder)), ReplayedEmbedding(load_vectors(vectors)))
    judgements = read_judgements(judgements_file(folder))
    with PaperChat.open(cache / name) as chat:
        keys = {stored.paper_id: stored.paper.key for stored in chat.papers()}
        ranker = Ranker(library=chat.library)
        found = []
        for query, text in read_queries(folder).items():
            if query in judgements:
                compared, rows = ranker.scored_candidates(text, chat.embedder.get_query_embedding(text))
                documents = [keys[paper_id_of(one)] for one in compared.ids]
                grades = judgements[query]
                best = np.sort(np.array(list(grades.values()), dtype=np.float64))[::-1][:DEPTH]
                found.append(
                    Query(
                        rows=rows,
                        vectors=compared.vectors,
                        documents=np.unique(documents, return_inverse=True)[1],
                        gains=np.array([grades.get(document, 0) for document in documents], dtype=np.float64),
                        ideal=float(best @ DISCOUNT[: len(best)]),
                    )
                )
    return found


def mean_ndcg(queries: Sequence[Query], weights: Mapping[str, float]) -> float:
    read = RankingWeights.from_dict(dict(weights))
    return float(np.mean([query.ndcg(read) for query in queries]))


def draw_weights() -> list[dict[str, float]]:
    numbers = np.random.default_rng(0)
    return [
        {"cosine": 1.0, **{name: float(numbers.uniform(0, most)) for name, most in LARGEST_WEIGHTS.items()}}
        for _ in range(DRAWS)
    ]


def average_of_best(drawn: Sequence[dict[str, float]], gains: Floats) -> dict[str, float]:
    """The mean of the best weightings; ``gains`` are relative to `BASELINE`, [draws, collections]."""
    best = np.argsort(-gains.min(axis=1), kind="stable")[:AVERAGED]
    return {name: round(float(np.mean([drawn[place][name] for place in best])), 2) for name in drawn[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="folder for the libraries and vectors")
    parser.add_argument("--out", type=Path, help="folder to write the weights to (default: the package)")
    options = parser.parse_args()
    collections = {name: judged_queries(name, data=options.data, cache=options.cache) for name in COLLECTIONS}
    plain = np.array([mean_ndcg(queries, BASELINE) for queries in collections.values()])
    drawn = draw_weights()
    gains = np.array([[mean_ndcg(queries, one) for queries in collections.values()] for one in drawn]) / plain
    weights = average_of_best(drawn, gains)
    for place, (name, queries) in enumerate(collections.items()):
        others = average_of_best(drawn, np.delete(gains, place, axis=1))
        print(
            f"{name}: cosine and BM25 {plain[place]:.4f}, left out {mean_ndcg(queries, others):.4f} by {others}, "
            f"chosen on all {mean_ndcg(queries, weights):.4f}",
            flush=True,
        )
    folders = [options.data / "ir" / name for name in COLLECTIONS]
    inputs = hash_inputs(
        "python -m benchmarks.fit_ranking --data DATA --cache CACHE",
        [file for one in folders for file in (corpus_file(one), one / "queries.jsonl", judgements_file(one))],
        models=["minilm"],
        data=options.data,
    )
    file = options.out / RANKING_FILE.name if options.out else RANKING_FILE
    file.write_text(json.dumps({"inputs": inputs, "weights": weights}, indent=1) + "\n", encoding="utf-8")
    print(weights)


if __name__ == "__main__":
    main()
