"""What a language model adds to quotes: how much of it verification refuses, and how many faithful sentences it keeps.

    python -m benchmarks.model_additions [--held-out] [--failures]

The sentences are paraphrases of quotes of arXiv abstracts, written by hand before the rules of verification saw them,
and each of them changed in ten ways by rule (`benchmarks.lib.altered_sentences`). Those of ``held_out`` were measured
when the rules were finished; the two earlier such sets were, too, and then served to widen the lists of synonyms.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from tempfile import TemporaryDirectory

from benchmarks.lib.altered_sentences import Paraphrase, alter, read_paraphrases
from paperchat.answering.verification import Verification, Verifier
from paperchat.assistant import PaperChat
from paperchat.models.cross_encoder import Reader
from paperchat.models.minilm import MiniLM

DEVELOPMENT_SETS = ("development", "first_held_out", "second_held_out")


def verify(verifier: Verifier, sentence: str, cited: Sequence[Paraphrase]) -> Verification:
    return verifier.verify(sentence, [row.quote for row in cited], known=[row.title for row in cited])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held-out", action="store_true", help="the sentences that the rules were not made with")
    parser.add_argument("--failures", action="store_true", help="print each sentence that is judged wrongly")
    options = parser.parse_args()
    rows = read_paraphrases(*(("held_out",) if options.held_out else DEVELOPMENT_SETS))
    with TemporaryDirectory(prefix="paperchat-") as home, PaperChat.open(home) as chat:
        verifier = Verifier(encoder=MiniLM(), stem=chat.library.analyse, reader=Reader())
        kept = {row.quote: verify(verifier, row.paraphrase, [row]) for row in rows}
        quotes = sum(verify(verifier, row.quote, [row]).supported for row in rows)
        caught: dict[str, list[tuple[bool, bool]]] = {}
        for one in alter(rows):
            verdict = verify(verifier, one.text, one.cited)
            caught.setdefault(one.kind, []).append((not verdict.supported, kept[one.row.quote].supported))
            if options.failures and verdict.supported:
                print(f"MISSED {one.kind}: {one.text}\n    of: {' / '.join(row.quote for row in one.cited)}")
    if options.failures:
        for row in rows:
            if problems := kept[row.quote].problems:
                print(f"REFUSED: {row.paraphrase}\n    of: {row.quote}\n    {problems}")
    print(f"faithful kept: {sum(one.supported for one in kept.values()) / len(rows):.3f} of {len(rows)}")
    print(f"quotes kept as they are: {quotes / len(rows):.3f}")
    caught["all"] = [one for found in caught.values() for one in found]
    for kind, found in caught.items():
        of_kept = [is_caught for is_caught, is_kept in found if is_kept]
        share = sum(is_caught for is_caught, _ in found) / len(found)
        print(
            f"{kind}: caught {share:.3f} of {len(found)}; of those whose paraphrase is kept "
            f"{sum(of_kept) / max(len(of_kept), 1):.3f} of {len(of_kept)}"
        )


if __name__ == "__main__":
    main()
