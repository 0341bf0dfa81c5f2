"""Makes the reader that ships, from the data: three training steps, the mean of their weights, and the export.

    pip install -r train/requirements.txt       # in a virtual environment of its own, with paperchat
    python -m train.make_reader --data DATA --out DIR
    python -m train.make_reader --data DATA --out DIR --dry-run     print the commands

It takes about two and a half hours on two cores; the same command resumes an interrupted run. The result is
``DIR/reader/model.onnx`` with ``graph.onnx`` and ``SHA256SUMS``; to ship it, copy these to
``src/paperchat/models/assets/reader``, and fit
the weights that depend on it again (`benchmarks.fit_calibration`, `benchmarks.fit_stance`).
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

STEPS = {
    "A": "--share .37 --most 84000 --without unspecified erased medicine",
    "B": (
        "--start {out}/A --seed 4 --share .1"
        " --more erased=.3 unspecified=.3 squad1_sentences_train=.4 unansq_squad2_dev=1 unansq_squad2_train=1"
        " squad2_train_subset=1 qed_nq_dev=1 multispanqa_dev=1 selqa=1 qamr_wiki=.25 qnli_dev=.3"
        " --without bioasq_spans bioasq_snippets covidqa evidence_inference_v2 qasper_spans tatqa_text medicine"
        " --short .55 --reworded .5 --most 62000"
    ),
    "C": (
        "--start {out}/B --seed 6 --share .03"
        " --more medicine=.13 bioasq_spans=.5 bioasq_snippets=.15 covidqa=.4 evidence_inference_v2=.15"
        " qasper_spans=.15 unansq_squad2_dev=.3 unspecified=.05 erased=.08"
        " --short .55 --reworded .5 --most 16500"
    ),
}
"""Arguments of `train_reader`: whole abstracts; then contrast pairs, short windows and reworded questions; then
medicine and biology."""
AVERAGED = ("A", "B", "C", "C")
"""The runs whose weights are averaged; C counts twice."""


def commands(data: Path, out: Path) -> list[list[str]]:
    """The arguments of the Python interpreter for every step, in order."""
    training = [
        ["-m", "train.train_reader", "--data", str(data), "--out", str(out / step)]
        + [argument.format(out=out) for argument in arguments.split()]
        for step, arguments in STEPS.items()
    ]
    return [
        *training,
        [
            "-m",
            "train.average_checkpoints",
            "--runs",
            *(str(out / run) for run in AVERAGED),
            "--out",
            str(out / "mean"),
        ],
        ["-m", "train.export_reader", "--run", str(out / "mean"), "--target", str(out / "reader")],
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the datasets")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and the exported model")
    parser.add_argument("--dry-run", action="store_true", help="print the commands without running them")
    given = parser.parse_args()
    for command in commands(given.data, given.out):
        print(shlex.join(["python", *command]), flush=True)
        if not given.dry_run:
            subprocess.run([sys.executable, *command], check=True, cwd=Path(__file__).parents[1])


if __name__ == "__main__":
    main()
