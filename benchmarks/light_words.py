"""Light words: those of many abstracts, whatever these are about. Prints what `lexicon/light_words.toml` has.

    python -m benchmarks.light_words --data DATA

A word is light if its stem is in at least 0.5 % of the abstracts and at most 23 % of these have it twice: what an
abstract is about comes again (*privacy* in 41 %), *basis* and *handle* do not. Each stem is shown by its commonest
form. Claim words (`lexicon/entailment.toml`) are left out, and so are function words, which need no counterpart at all.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import textwrap
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from paperchat.answering.entailment import Entailment
from paperchat.assistant import PaperChat

MIN_SHARE = 0.005
MAX_REPEATED = 0.23
_WORD = re.compile(r"[a-z]{3,}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    abstracts = 0
    present: Counter[str] = Counter()
    repeated: Counter[str] = Counter()
    forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    with TemporaryDirectory(prefix="paperchat-") as home, PaperChat.open(home) as chat:
        stem = cache(lambda word: next(iter(chat.library.analyse(word)), ""))
        entailment = Entailment(chat.library.analyse)
        with gzip.open(options.data / "arxiv_abstracts.jsonl.gz", "rt", encoding="utf-8") as stream:
            for line in stream:
                abstracts += 1
                words = _WORD.findall(json.loads(line)["abstract"].lower())
                counts = Counter(map(stem, words))
                present.update(counts.keys())
                repeated.update(one for one, count in counts.items() if count > 1)
                for word in set(words):
                    forms[stem(word)][word] += 1
        shown = [
            forms[one].most_common(1)[0][0]
            for one, count in present.items()
            if one and count >= MIN_SHARE * abstracts and repeated[one] <= MAX_REPEATED * count
        ]
        light = sorted(word for word in shown if not entailment.is_claim(word) and not entailment.is_unstated(word))
    print(textwrap.fill(" ".join(light), 118))


if __name__ == "__main__":
    main()
