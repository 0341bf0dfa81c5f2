"""What lies about a topic: a sample of the library, and texts from all fields of study.

A small library may be about nothing but the topic; the texts show what other things look like. In a large one they
count next to nothing.
"""

from __future__ import annotations

import numpy as np
from llama_index.core.embeddings import BaseEmbedding
from numpy.typing import NDArray

from paperchat.storage.library import Library

SAMPLE = 500
_ELSEWHERE = (
    "Trade routes and taxation in the late Roman empire",
    "The rhetoric of nineteenth-century novels",
    "Tenure and inheritance of farm land among smallholders",
    "Vowel harmony and stress in a highland dialect",
    "Pigments and varnish of Renaissance altarpieces",
    "Counterpoint in the keyboard works of Bach",
    "Burial customs of Bronze Age settlements",
    "Contract law and liability for defective goods",
    "Voter turnout and coalitions in federal elections",
    "Central bank interest rates and inflation",
    "Teacher salaries and school enrolment in rural districts",
    "Attachment and anxiety in early childhood",
    "Labour migration and remittances",
    "Ethics of promising and personal obligation",
    "Monsoon rainfall and river discharge",
    "Seismic waves in the upper mantle",
    "Sediment cores and glacial retreat",
    "Ocean currents and plankton blooms",
    "Nesting behaviour of migratory sea birds",
    "Pollination of alpine plants by bumblebees",
    "Soil nitrogen and wheat yield",
    "Phylogeny of freshwater snails",
    "Regulation of gene expression in yeast",
    "Crystal structure of a membrane transport protein",
    "Insulin resistance and diet in obese mice",
    "Antibiotic therapy for hospital-acquired pneumonia",
    "Bone density after hip replacement",
    "Outcomes of chemotherapy in breast cancer",
    "Synaptic plasticity in the hippocampus",
    "Catalytic hydrogenation of alkenes",
    "Polymer electrolytes for lithium batteries",
    "Fatigue cracks in welded steel bridges",
    "Turbulent flow over aircraft wings",
    "Concrete mixtures with fly ash",
    "Superconductivity in layered oxides",
    "Photon entanglement in optical cavities",
    "Decay of heavy mesons at colliders",
    "Star formation in spiral galaxies",
    "Orbits and atmospheres of distant planets",
    "Cohomology of algebraic varieties",
    "Boundary value problems for elliptic equations",
    "Colouring and connectivity of random graphs",
    "Confidence intervals for censored survival times",
    "Scheduling of trains on single-track lines",
    "Routing protocols for wireless networks",
    "Transactions and indexes in relational databases",
    "Static analysis of concurrent programs",
    "Detection of objects in photographs",
    "Translation between languages with neural networks",
    "Control of robot arms",
)


def elsewhere(embedder: BaseEmbedding) -> NDArray[np.float32]:
    """Vectors of texts from all fields, [texts, dimension]."""
    return np.array(embedder.get_text_embedding_batch(list(_ELSEWHERE)), dtype=np.float32)


def background(library: Library, others: NDArray[np.float32]) -> NDArray[np.float32]:
    """``others`` and a sample of the library: on the whole not about any one topic, [texts, dimension]."""
    sample = library.background(SAMPLE)
    return np.vstack([others, sample]) if len(sample) else others
