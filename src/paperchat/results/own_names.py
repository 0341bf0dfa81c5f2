"""What a paper calls what it brings: the names of its systems and of its benchmarks, from its title and abstract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from paperchat import lexicon
from paperchat.results.result_names import MentionKind, is_known_benchmark, is_no_name, name_letters
from paperchat.text.paper_title import head_of

_SYSTEMS = lexicon.load("result_systems")
_INTRODUCED = tuple(re.compile(_SYSTEMS.regex(f"introduced.{key}")) for key in _SYSTEMS.keys("introduced"))
_INTRODUCED_PHRASE = re.compile(_SYSTEMS.regex("introduced_phrase"))
_BRINGS_BENCHMARK = re.compile(_SYSTEMS.regex("brings_benchmark"))
_BEFORE_OWN_BENCHMARK = re.compile(_SYSTEMS.regex("before_own_benchmark"))
_BENCHMARK_SHAPE = re.compile(lexicon.load("result_sentences").regex("names.benchmark_shape"))
_EVALUATES = re.compile(_SYSTEMS.regex("evaluates"), re.IGNORECASE)
_MARKUP = re.compile(r"\\\w+\{|[{}*]")
_WHITE_SPACE = re.compile(r"[\s~]+")
_SIZE = re.compile(r"[-_ ]\d+(?:\.\d+)?[BM](?:-\w+)*$")
_INNER_CAPITAL = re.compile(r"\d|[a-z][A-Z]")
_WORD = re.compile(r"[\w-]+")
_MOST_WORDS = 3
_LONGEST_AFTER, _LONGEST_BEFORE = 160, 40


@dataclass(frozen=True)
class OwnNames:
    """What a paper calls what it brings: its systems, and its benchmarks and data sets.

    ``evaluates`` says that it rather measures the systems of others, and ``main_benchmark`` is what it is named after.
    ``is_titled`` says that the title begins with the first system.
    """

    systems: tuple[str, ...]
    benchmarks: tuple[str, ...]
    evaluates: bool
    main_benchmark: str = ""
    is_titled: bool = False

    @property
    def main_system(self) -> str:
        """The name of the system that the paper is about; empty where it brings none with a name."""
        return next(iter(self.systems), "")

    def kind_of(self, name: str) -> MentionKind | None:
        """What a name stands for that is one of the paper's own, or a variant of one: ``Foo-7B`` of ``Foo``."""
        key = name_letters(name)
        if any(key == name_letters(one) for one in self.benchmarks):
            return "benchmark"
        if any(key.startswith(name_letters(one)) for one in self.systems):
            return "system"
        if not any(key.startswith(name_letters(one)) for one in self.benchmarks):
            return None
        return "system" if _SIZE.search(name) else "benchmark"


def own_names(title: str, abstract: str) -> OwnNames:
    """Read the names from a paper's title and from where its abstract introduces them."""
    text = _WHITE_SPACE.sub(" ", _MARKUP.sub("", abstract))
    head = head_of(title)
    words = len(head.split())
    is_name = bool(head) and words <= _MOST_WORDS and (words == 1 or bool(_INNER_CAPITAL.search(head)))
    names = [head] if is_name else []
    names += [name.rstrip(".,") for _, name in sorted(_introduced(title, text))]
    kept = [
        name
        for name in dict.fromkeys(names)
        if len(name) > 1 and not is_no_name(name) and (name == head or not is_known_benchmark(name))
    ]
    benchmarks = tuple(name for name in kept if _is_benchmark(name, f"{title}. {text}"))
    systems = tuple(name for name in kept if name not in benchmarks)
    return OwnNames(
        systems=systems,
        benchmarks=benchmarks,
        is_titled=bool(systems) and systems[0] == head,
        evaluates=not systems and bool(benchmarks or _EVALUATES.search(title)),
        main_benchmark=head if benchmarks == (head,) else "",
    )


def _introduced(title: str, text: str) -> Iterator[tuple[int, str]]:
    """What the abstract introduces by name, or in words of the title, "we propose optical reasoning", and where."""
    for pattern in _INTRODUCED:
        for match in pattern.finditer(text):
            yield match.start("name"), match["name"]
    known = {word.lower() for word in _WORD.findall(title)}
    for match in _INTRODUCED_PHRASE.finditer(text):
        if all(word.lower() in known for word in _WORD.findall(match["name"])):
            yield match.start("name"), match["name"]


def _is_benchmark(name: str, text: str) -> bool:
    if _BENCHMARK_SHAPE.search(name):
        return True
    places = [match.span() for match in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]
    return any(
        _BRINGS_BENCHMARK.match(text[end : end + _LONGEST_AFTER])
        or _BEFORE_OWN_BENCHMARK.search(text[max(start - _LONGEST_BEFORE, 0) : start])
        for start, end in places
    )
