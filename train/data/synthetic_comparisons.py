"""Claims and sentences that compare two methods or state an effect, put together from names in titles.

Which side is which, whether an effect is denied, and which property is compared decide the stance; the words of claim
and sentence are otherwise nearly the same, so that only their order and their sense tell it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

from train.data.abstracts import Abstract
from train.data.examples import CONTRADICT, NEITHER, SUPPORT, Example

_METHOD = re.compile(r"\b(?:via|with|using|by) (?P<name>(?:[A-Za-z][\w-]+ ){0,3}[A-Za-z][\w-]+)$")
_SMALL_WORDS = frozenset("a an the and of for in on with its their from to".split())
_COMMON = (
    "fine-tuning",
    "prompting",
    "reinforcement learning",
    "supervised fine-tuning",
    "LoRA",
    "full fine-tuning",
    "GPT-4",
    "larger models",
    "smaller models",
    "retrieval",
    "long context",
    "in-context learning",
    "distillation",
    "SFT",
    "RL",
    "human annotation",
    "synthetic data",
    "convolutional networks",
    "transformers",
    "LSTMs",
    "the baseline",
    "DPO",
    "PPO",
    "open models",
    "proprietary models",
    "chain of thought",
    "direct prompting",
    "dense retrieval",
    "BM25",
    "early fusion",
    "late fusion",
    "adversarial training",
    "random search",
    "Bayesian optimisation",
    "pretraining",
    "training from scratch",
)
_TASKS = (
    "translation",
    "code generation",
    "summarisation",
    "ImageNet",
    "question answering",
    "segmentation",
    "planning",
    "MMLU",
    "object detection",
    "mathematics",
    "speech recognition",
    "retrieval benchmarks",
    "long documents",
    "unseen domains",
    "medical images",
    "GSM8K",
    "low-resource languages",
    "time series",
    "node classification",
    "real robots",
)

# How a sentence or a claim says, of each property, that {A} is ahead of {B}, and that {A} is behind.
_AHEAD: dict[str, tuple[str, ...]] = {
    "quality": (
        "{A} outperforms {B}",
        "{A} surpasses {B}",
        "{A} is better than {B}",
        "{A} beats {B}",
        "{A} is superior to {B}",
        "{A} achieves higher accuracy than {B}",
        "{A} exceeds {B}",
        "{A} does better than {B}",
        "{A} wins over {B}",
        "{A} is more accurate than {B}",
        "{A} makes fewer errors than {B}",
        "{A} works better than {B}",
        "{A} improves over {B}",
        "{A} yields better results than {B}",
        "{A} consistently outperforms {B}",
    ),
    "speed": (
        "{A} is faster than {B}",
        "{A} runs faster than {B}",
        "{A} needs less time than {B}",
        "{A} has lower latency than {B}",
        "{A} is quicker than {B}",
        "{A} takes fewer steps than {B}",
        "{A} converges faster than {B}",
    ),
    "cost": (
        "{A} is cheaper than {B}",
        "{A} uses less memory than {B}",
        "{A} needs fewer parameters than {B}",
        "{A} costs less than {B}",
        "{A} requires less compute than {B}",
        "{A} is more memory-efficient than {B}",
    ),
    "robustness": (
        "{A} generalises better than {B}",
        "{A} is more robust than {B}",
        "{A} is more stable than {B}",
        "{A} is less sensitive to noise than {B}",
        "{A} generalizes to new domains better than {B}",
    ),
}
_BEHIND: dict[str, tuple[str, ...]] = {
    "quality": (
        "{A} underperforms {B}",
        "{A} is outperformed by {B}",
        "{A} is worse than {B}",
        "{A} lags behind {B}",
        "{A} achieves lower accuracy than {B}",
        "{A} falls short of {B}",
        "{A} does worse than {B}",
        "{A} loses to {B}",
        "{A} is inferior to {B}",
        "{A} is less accurate than {B}",
        "{A} makes more errors than {B}",
        "{A} trails {B}",
    ),
    "speed": (
        "{A} is slower than {B}",
        "{A} runs slower than {B}",
        "{A} needs more time than {B}",
        "{A} has higher latency than {B}",
        "{A} converges more slowly than {B}",
    ),
    "cost": (
        "{A} is more expensive than {B}",
        "{A} uses more memory than {B}",
        "{A} needs more parameters than {B}",
        "{A} costs more than {B}",
        "{A} requires more compute than {B}",
    ),
    "robustness": (
        "{A} generalises worse than {B}",
        "{A} is less robust than {B}",
        "{A} is less stable than {B}",
        "{A} is more sensitive to noise than {B}",
    ),
}
_FIGURES = (
    "{A} scores {high}% on {task}, while {B} scores {low}%",
    "{A} reaches {high}%, compared with {low}% for {B}",
    "on {task}, accuracy is {low}% with {B} and {high}% with {A}",
    "{A} improves accuracy by {gain} points over {B}",
    "compared with {B}, {A} increases accuracy from {low}% to {high}%",
    "{B} attains {low}% against {high}% for {A}",
    "replacing {B} by {A} raises accuracy by {gain}%",
    "{A} gains {gain} points on {task} over {B}",
)
_EQUAL = (
    "{A} performs on par with {B}",
    "{A} matches {B}",
    "{A} is as good as {B}",
    "{A} achieves results comparable to {B}",
    "there is no significant difference between {A} and {B}",
    "{A} is no better than {B}",
)
_LEADS = (
    "We find that {s}.",
    "Our experiments show that {s}.",
    "Experiments on {task} demonstrate that {s}.",
    "{S}.",
    "{S} on {task}.",
    "The results indicate that {s}.",
    "Across {number} benchmarks, {s}.",
    "Surprisingly, {s}.",
    "We show that {s} on {task}.",
    "In contrast to common belief, {s}.",
    "Although both are widely used, {s}.",
    "Extensive evaluation reveals that {s}.",
)
_UP = ("increase", "improve", "raise", "boost", "enhance")
_DOWN = ("reduce", "decrease", "lower", "hurt", "degrade", "impair")
_OUTCOMES = (
    "accuracy",
    "robustness",
    "calibration",
    "generalisation",
    "performance on {task}",
    "sample efficiency",
    "factuality",
    "diversity",
    "reasoning ability",
    "safety",
    "transfer to {task}",
    "training stability",
)
_STATED = ("{x} {verb}s {y}", "{x} can {verb} {y}", "{x} {verb}s {y} substantially", "{y} is {past} by {x}")
_PAST = {"hurt": "hurt", "boost": "boosted", "lower": "lowered", "impair": "impaired"}
_NONE = (
    "{x} does not {verb} {y}",
    "{x} did not {verb} {y}",
    "{x} fails to {verb} {y}",
    "{x} has no effect on {y}",
    "{x} makes no difference to {y}",
    "{x} does not significantly affect {y}",
    "{y} is unaffected by {x}",
)


def synthetic_comparisons(abstracts: Sequence[Abstract], count: int, chance: random.Random) -> Iterator[Example]:
    """About ``count`` examples, half of them of comparisons and half of effects."""
    names = _method_names(abstracts)
    for _ in range(count // 8):
        yield from _comparison_examples(names, chance)
        yield from _effect_examples(names, chance)


def _method_names(abstracts: Sequence[Abstract]) -> list[str]:
    """Names of methods: what titles say after "via" or "with", the titles' short names, and common ones."""
    found = {abstract.name for abstract in abstracts if abstract.name}
    for abstract in abstracts:
        match = _METHOD.search(abstract.title)
        if match and not _SMALL_WORDS & {*match["name"].lower().split()}:
            found.add(match["name"].lower() if _is_lower_case(abstract.paper_id) else match["name"])
    return [*sorted(found), *_COMMON * (1 + len(found) // (3 * len(_COMMON)))]


def _is_lower_case(paper_id: str) -> bool:
    """Whether a paper's names are written in lower case: every other one by its id."""
    return sum(map(ord, paper_id)) % 2 == 0


def _comparison_examples(names: Sequence[str], chance: random.Random) -> Iterator[Example]:
    """Four claims on one sentence that compares, with both sides, the other side, and another property or method."""
    one, other, third = chance.sample(names, 3)
    task = chance.choice(_TASKS)
    properties = [*_AHEAD]
    kind = chance.choice([*properties, "quality", "quality"])
    if chance.random() < 0.15:
        yield from _equal_examples(one, other, task, chance)
        return

    def says(winner: str, loser: str, of: str) -> str:
        """That ``winner`` is ahead in the property, with either of them first."""
        if of == "quality" and chance.random() < 0.25:
            low = round(chance.uniform(5, 80), chance.choice([0, 1]))
            gain = round(chance.uniform(2, 19), 1)
            high = round(low + gain, 1)
            return chance.choice(_FIGURES).format(A=winner, B=loser, low=low, high=high, gain=gain, task=task)
        if chance.random() < 0.6:
            return chance.choice(_AHEAD[of]).format(A=winner, B=loser)
        return chance.choice(_BEHIND[of]).format(A=loser, B=winner)

    def claims(winner: str, loser: str, of: str) -> str:
        if chance.random() < 0.6:
            return chance.choice(_AHEAD[of]).format(A=winner, B=loser)
        return chance.choice(_BEHIND[of]).format(A=loser, B=winner)

    sentence = _sentence(says(one, other, kind), task, chance)
    unlike = chance.choice([name for name in properties if name != kind])
    pairs = [(claims(one, other, kind), SUPPORT, "ahead"), (claims(other, one, kind), CONTRADICT, "turned")]
    pairs.append(
        (claims(*chance.choice([(one, other), (other, one)]), unlike), NEITHER, "property")
        if chance.random() < 0.5
        else (claims(*chance.choice([(one, third), (third, other), (third, one)]), kind), NEITHER, "other_method")
    )
    if kind == "quality" and chance.random() < 0.5:
        pairs.append((chance.choice(_EQUAL[:4]).format(A=one, B=other), CONTRADICT, "equal"))
    else:
        pairs.append((claims(one, other, kind), SUPPORT, "ahead"))
    yield from (_example(claim, sentence, stance, trap, chance) for claim, stance, trap in pairs)


def _equal_examples(one: str, other: str, task: str, chance: random.Random) -> Iterator[Example]:
    sentence = _sentence(chance.choice(_EQUAL[:5]).format(A=one, B=other), task, chance)
    winner, loser = chance.sample([one, other], 2)
    yield _example(chance.choice(_EQUAL).format(A=one, B=other), sentence, SUPPORT, "equal", chance)
    yield _example(
        chance.choice(_AHEAD["quality"]).format(A=winner, B=loser), sentence, CONTRADICT, "ahead_of_equal", chance
    )


def _effect_examples(names: Sequence[str], chance: random.Random) -> Iterator[Example]:
    """Four claims on one sentence that states an effect up or down, or that there is none."""
    subject, other = chance.sample(names, 2)
    task = chance.choice(_TASKS)
    outcome, unlike = (one.format(task=task) for one in chance.sample(_OUTCOMES, 2))
    effect = chance.choice(["up", "down", "none", "denied"])
    verbs: dict[str, Sequence[str]] = {"up": _UP, "down": _DOWN}
    side, opposite = chance.sample(["up", "down"], 2)

    def state(x: str, y: str, verb: str) -> str:
        form = chance.choice(
            ["{x} {verb}s {y}", "{x} can {verb} {y}", "{x} {verb}s {y} substantially", "{y} is {verb}d by {x}"]
        )
        past = {"raise": "raised", "hurt": "hurt", "boost": "boosted", "lower": "lowered", "impair": "impaired"}
        return form.replace("{verb}d", past.get(verb, f"{verb}d")).format(x=x, y=y, verb=verb)

    def none(x: str, y: str, verb: str) -> str:
        return chance.choice(_NONE).format(x=x, y=y, verb=verb)

    def negated(x: str, y: str, verb: str) -> str:
        return chance.choice(_NONE[:3]).format(x=x, y=y, verb=verb)

    verb = chance.choice(verbs[side])
    if effect in verbs:
        side, opposite = effect, "down" if effect == "up" else "up"
        verb = chance.choice(verbs[side])
        sentence = _sentence(state(subject, outcome, verb), task, chance)
        pairs = [
            (state(subject, outcome, chance.choice(verbs[side])), SUPPORT, "effect"),
            (state(subject, outcome, chance.choice(verbs[opposite])), CONTRADICT, "effect_turned"),
            (none(subject, outcome, chance.choice(verbs[side])), CONTRADICT, "effect_denied"),
        ]
    elif effect == "none":
        sentence = _sentence(chance.choice(_NONE[3:]).format(x=subject, y=outcome), task, chance)
        pairs = [
            (chance.choice(_NONE[3:]).format(x=subject, y=outcome), SUPPORT, "no_effect"),
            (state(subject, outcome, verb), CONTRADICT, "effect_of_none"),
            (negated(subject, outcome, verb), SUPPORT, "no_effect"),
        ]
    else:
        sentence = _sentence(negated(subject, outcome, verb), task, chance)
        pairs = [
            (negated(subject, outcome, verb), SUPPORT, "denial"),
            (state(subject, outcome, verb), CONTRADICT, "effect_of_denial"),
            (state(subject, outcome, chance.choice(verbs[side])), CONTRADICT, "effect_of_denial"),
        ]
    elsewhere = (other, outcome) if chance.random() < 0.5 else (subject, unlike)
    write: Callable[[str, str, str], str] = chance.choice([state, none])
    pairs.append((write(*elsewhere, verb), NEITHER, "effect_elsewhere"))
    yield from (_example(claim, sentence, stance, trap, chance) for claim, stance, trap in pairs)


def _sentence(statement: str, task: str, chance: random.Random) -> str:
    lead = chance.choice(_LEADS[3:] if task in statement else _LEADS)
    if task in statement:
        lead = lead.replace(" on {task}", "")
    return lead.format(
        s=statement, S=statement[:1].upper() + statement[1:], task=task, number=chance.choice([3, 5, "seven"])
    )


def _example(claim: str, sentence: str, stance: int, trap: str, chance: random.Random) -> Example:
    written = claim if chance.random() < 0.5 else f"{claim[:1].upper()}{claim[1:]}."
    return Example(task="stance", query=written, text=sentence, stances=(stance,), source=f"made/{trap}")
