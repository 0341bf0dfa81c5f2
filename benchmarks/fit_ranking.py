"""Fits the weights of the rank fusion and writes them to ``src/paperchat/retrieval/ranking.json``.

    python -m benchmarks.fit_ranking --data DATA --cache DIR [--out DIR]

Of ``DRAWS`` random weightings, the best ``AVERAGED`` are averaged. The gain of a weighting on a collection is its mean
nDCG@10 less that of the plain sum of cosine and BM25, and a weighting is as good as its mean gain over the collections.
Each gain is divided by its uncertainty: the standard error over the collection's queries and ``TYPICAL_GAIN``, by which
collections differ however many queries they have. So 35 queries do not decide, and 450 do not count for everything.

What a new field may expect is the ranking of a collection by weights that were chosen on all the others: each is left
out in turn, and shown beside cosine alone, BM25 alone and their plain sum, which embed a query as one text. The weights
that are written are chosen on all. The passages compared are those that `Ranker` compares.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.lib.judged_collections import collection_folders
from benchmarks.lib.replayed_vectors import ReplayedEmbedding, build_library, embed_papers, load_vectors, read_papers
from benchmarks.lib.weights_inputs import hash_inputs
from paperchat.assistant import PaperChat
from paperchat.evaluation.beir import corpus_file, judgements_file, read_judgements, read_queries
from paperchat.retrieval.passage_retrieval import embed_sentences
from paperchat.retrieval.query_analysis import content_text
from paperchat.retrieval.ranker import (
    CANDIDATES_PER_INDEX,
    RANKING_FILE,
    Floats,
    Ranker,
    RankingWeights,
    find_candidates,
    fuse,
    load_weights,
    standardize,
)
from paperchat.storage.name_normalization import paper_id_of
from paperchat.types import Filters

MOST_QUERIES = 450
"""Of one collection, evenly spread."""
DRAWS = 500
AVERAGED = 25
WEIGHT_RANGES = {
    "bm25": (0.5, 1.5),
    "pieces": (0.0, 0.6),
    "pieces_in_title": (0.0, 0.5),
    "pairs": (0.0, 0.4),
    "feedback": (0.3, 1.5),
}
"""Where the weight of the cosine is 1."""
TYPICAL_GAIN = 0.01
PARENTS = ("cosine", "bm25", "sum")
DEPTH = 10
DISCOUNT = 1 / np.log2(np.arange(2, DEPTH + 2))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Query:
    """The passages compared for one query: signals, vectors, the document of each, and its relevance grade.

    ``alone`` has the nDCG@10 of each of ``PARENTS``.
    """

    rows: Floats
    vectors: NDArray[np.float32]
    documents: NDArray[np.int64]
    gains: Floats
    ideal: float
    alone: Floats

    def ndcg(self, weights: RankingWeights) -> float:
        return ndcg(fuse(self.rows, self.vectors, weights), self.documents, self.gains) / self.ideal


def ndcg(scores: Floats, documents: NDArray[np.int64], gains: Floats) -> float:
    """DCG@10 of the documents in the order of their best passages."""
    order = np.argsort(-scores, kind="stable")
    _, first = np.unique(documents[order], return_index=True)
    best = gains[order[np.sort(first)[:DEPTH]]]
    return float(best @ DISCOUNT[: len(best)])


def judged_queries(name: str, folder: Path, *, cache: Path) -> list[Query]:
    vectors = cache / "vectors" / name
    embed_papers(corpus_file(folder), vectors)
    build_library(cache / name, read_papers(corpus_file(folder)), ReplayedEmbedding(load_vectors(vectors)))
    judgements = read_judgements(judgements_file(folder))
    queries = [(query, text) for query, text in read_queries(folder).items() if query in judgements]
    chosen = np.unique(np.linspace(0, len(queries) - 1, min(len(queries), MOST_QUERIES)).astype(int))
    with PaperChat.open(cache / name) as chat:
        keys = {stored.paper_id: stored.paper.key for stored in chat.papers()}
        return [_judged_query(queries[place][1], judgements[queries[place][0]], chat, keys) for place in chosen]


def _judged_query(text: str, grades: Mapping[str, int], chat: PaperChat, keys: Mapping[str, str]) -> Query:
    def judged(passages: Sequence[str]) -> tuple[NDArray[np.int64], Floats]:
        documents = [keys[paper_id_of(one)] for one in passages]
        gains = np.array([max(grades.get(document, 0), 0) for document in documents], dtype=np.float64)
        return np.unique(documents, return_inverse=True)[1], gains

    best = np.sort(np.array(list(grades.values()), dtype=np.float64))[::-1][:DEPTH]
    ideal = float(best @ DISCOUNT[: len(best)])
    vector = chat.embedder.get_query_embedding(text)
    found = find_candidates(chat.library, content_text(text), vector, CANDIDATES_PER_INDEX, Filters())
    both = standardize(np.column_stack([found.cosines, found.bm25]))
    alone = [ndcg(scores, *judged(found.ids)) / ideal for scores in (both[:, 0], both[:, 1], both.sum(axis=1))]
    vector = embed_sentences(chat.components.embedder, text)
    compared, rows = Ranker(library=chat.library).scored_candidates(text, vector)
    documents, gains = judged(compared.ids)
    return Query(
        rows=rows, vectors=compared.vectors, documents=documents, gains=gains, ideal=ideal, alone=np.array(alone)
    )


def ndcgs(queries: Sequence[Query], weights: RankingWeights) -> Floats:
    return np.array([query.ndcg(weights) for query in queries])


def draw_weights() -> list[dict[str, float]]:
    numbers = np.random.default_rng(0)
    return [
        {"cosine": 1.0, **{name: float(numbers.uniform(*ends)) for name, ends in WEIGHT_RANGES.items()}}
        for _ in range(DRAWS)
    ]


def weighted_gain(queries: Sequence[Query], drawn: Sequence[Mapping[str, float]]) -> Floats:
    """The gain of each weighting over the plain sum, divided by its uncertainty, [draws]."""
    sums = np.array([query.alone[PARENTS.index("sum")] for query in queries])
    gains = np.array([ndcgs(queries, RankingWeights.from_dict(one)) for one in drawn]) - sums
    error = float(gains.mean(axis=0).std()) / np.sqrt(len(queries))
    return np.asarray(gains.mean(axis=1) / np.hypot(error, TYPICAL_GAIN))


def average_of_best(drawn: Sequence[dict[str, float]], gains: Floats) -> dict[str, float]:
    """The mean of the weightings with the best mean gain; ``gains`` are `weighted_gain`, [draws, collections]."""
    best = np.argsort(-gains.mean(axis=1), kind="stable")[:AVERAGED]
    return {name: round(float(np.mean([drawn[place][name] for place in best])), 2) for name in drawn[0]}


def show(collections: Mapping[str, Sequence[Query]], weights: Mapping[str, RankingWeights]) -> None:
    """The nDCG@10 of cosine, BM25, their plain sum and the ranking by the collection's weights, and the means."""
    rows = {
        name: [*np.mean([one.alone for one in queries], axis=0), ndcgs(queries, weights[name]).mean()]
        for name, queries in collections.items()
    }
    print(f"{'':16} {'queries':>7} " + " ".join(f"{name:>7}" for name in (*PARENTS, "ranked")))
    for name, values in rows.items():
        print(f"{name:16} {len(collections[name]):7} " + " ".join(f"{one:7.4f}" for one in values))
    table = np.array(list(rows.values()))
    print(f"{'mean':16} {'':7} " + " ".join(f"{one:7.4f}" for one in table.mean(axis=0)))
    parents, ranked = table[:, :-1], table[:, -1]
    over_parents = np.min(ranked - parents[:, :2].max(axis=1))
    print(
        f"least gain over the sum {np.min(ranked - parents[:, 2]):+.4f}, over cosine and BM25 {over_parents:+.4f}\n",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="folder for the libraries and vectors")
    parser.add_argument("--out", type=Path, help="folder to write the weights to (default: the package)")
    options = parser.parse_args()
    folders = collection_folders(options.data, options.cache)
    collections = {name: judged_queries(name, folder, cache=options.cache) for name, folder in folders.items()}
    print("by the weights that ship")
    show(collections, dict.fromkeys(collections, load_weights()))
    drawn = draw_weights()
    gains = np.column_stack([weighted_gain(queries, drawn) for queries in collections.values()])
    left_out = {}
    for place, name in enumerate(collections):
        others = average_of_best(drawn, np.delete(gains, place, axis=1))
        left_out[name] = RankingWeights.from_dict(others)
        print(f"without {name}: {others}", flush=True)
    print("each by weights chosen on the others")
    show(collections, left_out)
    weights = average_of_best(drawn, gains)
    print(f"chosen on all: {weights}")
    show(collections, dict.fromkeys(collections, RankingWeights.from_dict(weights)))
    inputs = hash_inputs(
        "python -m benchmarks.fit_ranking --data DATA --cache CACHE",
        [
            file
            for one in folders.values()
            if one.is_relative_to(options.data)
            for file in (corpus_file(one), one / "queries.jsonl", judgements_file(one))
        ],
        models=["minilm"],
        data=options.data,
    )
    file = options.out / RANKING_FILE.name if options.out else RANKING_FILE
    file.write_text(json.dumps({"inputs": inputs, "weights": weights}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
