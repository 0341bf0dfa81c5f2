"""Questions on entities by their type: "which cytokine" for a text that has "IL-6"."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from train.data.contrast_pairs import Fact
from train.data.question_templates import words_after, words_before

_ENTITY_TYPES = {
    "enzyme": r"[A-Za-z][\w-]*(?:kinase|protease|polymerase|synthase|reductase|transferase|phosphatase|oxidase|ligase|"
    r"dehydrogenase|helicase|deacetylase|cyclase|esterase|caspase-\d)(?: \d)?",
    "drug": r"[A-Za-z]+(?:tinib|ciclib|parib|statin|sartan|olol|cillin|mycin|azole|floxacin|formin|navir|tegravir|"
    r"gliptin|gliflozin|dipine|setron|triptan|prazole|oxetine|azepam|lukast)|aspirin|heparin|warfarin|tamoxifen|"
    r"morphine|ketamine|lithium|methotrexate|cisplatin|paclitaxel|dexamethasone|ibuprofen|clozapine|levodopa",
    "antibody": r"[a-z]+(?:zumab|ximab|tumab|lumab|limab|numab|cumab|mab)|anti-[A-Z][\w-]+",
    "cytokine": r"(?:IL|interleukin)-\d+\w?|TNF(?:-?[αa]|-alpha)?|interferon[- ](?:gamma|alpha|beta|γ|α|β)|IFN-?[γαβ]",
    "hormone": r"insulin|glucagon|cortisol|leptin|estradiol|testosterone|oxytocin|melatonin|thyroxine|ghrelin|"
    r"prolactin|aldosterone|adiponectin",
    "microRNA": r"(?:miR|microRNA)-\d+\w*",
    "neurotransmitter": r"dopamine|serotonin|glutamate|acetylcholine|noradrenaline|norepinephrine|GABA",
    "metal": r"zinc|copper|nickel|manganese|magnesium|mercury|cadmium|calcium|cobalt|iron",
    "vitamin": r"vitamin [A-EK]\d*|folate|folic acid|thiamine|riboflavin",
    "lipid": r"cholesterol|sphingomyelin|phosphatid\w+(?: acid)?|ceramide|cardiolipin|triglycerides",
    "amino acid": r"(?:tyrosine|serine|cysteine|lysine|arginine|methionine|tryptophan|glycine|proline|leucine)"
    r"(?: \d+)?",
    "animal": r"mice|rats|rabbits|zebrafish|pigs|monkeys|macaques|dogs|sheep|ferrets|hamsters|guinea pigs|bats|cats",
    "bacterium": r"(?:Escherichia|Staphylococcus|Mycobacterium|Bacillus|Salmonella|Pseudomonas|Streptococcus|"
    r"Helicobacter|Listeria|Vibrio|Clostridium|Klebsiella|Legionella|Chlamydia|Borrelia|Neisseria) [a-z]{4,}|E\. coli",
    "virus": r"HIV(?:-1)?|SARS-CoV(?:-2)?|MERS-CoV|influenza A|hepatitis [BC]|Ebola|Zika|dengue|cytomegalovirus|"
    r"Epstein-Barr|adenovirus|rhinovirus|measles|rotavirus",
    "cell type": r"(?:CD\d\+? )?(?:T cells|B cells)|macrophages|neutrophils|monocytes|dendritic cells|astrocytes|"
    r"microglia|fibroblasts|hepatocytes|keratinocytes|adipocytes|osteoclasts|endothelial cells|platelets|NK cells|"
    r"[A-Z][A-Za-z]*\d+[A-Z]?\d* cells|HeLa cells|Vero cells",
    "organ": r"liver|kidneys?|lungs?|heart|spleen|pancreas|brain|hippocampus|retina|thymus|placenta|colon|stomach|skin",
    "method": r"(?:magnetic resonance imaging|MRI|computed tomography|ultrasound|mass spectrometry|flow cytometry|"
    r"RNA-seq|ChIP-seq|western blot\w*|ELISA|PCR|RT-PCR|electron microscopy|immunohistochemistry|"
    r"X-ray crystallography|whole-exome sequencing|microarrays?|logistic regression|mass cytometry|electrophoresis)",
    "scale": r"(?:[A-Z][\w-]+ ){1,4}(?:Scale|Inventory|Questionnaire|Index|Score|Checklist|Test|Interview)",
    "disease": r"Alzheimer's disease|Parkinson's disease|Crohn's disease|asthma|diabetes|psoriasis|schizophrenia|"
    r"malaria|tuberculosis|leukemia|melanoma|glioblastoma|sepsis|epilepsy|stroke|pneumonia|hypertension|obesity|lupus|"
    r"(?:breast|lung|prostate|colorectal|ovarian|gastric|pancreatic) cancer|multiple sclerosis|rheumatoid arthritis",
    "gene": r"[A-Z][A-Z\d]{2,}\d[A-Z\d]*",
}
_OTHER_WORDS = {
    "gene": ("gene", "protein", "factor", "molecule"),
    "animal": ("animal", "species", "animal model"),
    "method": ("method", "technique"),
    "cell type": ("cells", "cell type", "kind of cell"),
    "scale": ("scale", "instrument", "questionnaire"),
    "organ": ("organ", "tissue"),
    "bacterium": ("bacterium", "pathogen", "species", "microbe"),
    "virus": ("virus", "pathogen"),
    "drug": ("drug", "treatment", "medication", "compound"),
    "antibody": ("antibody", "drug"),
    "disease": ("disease", "condition", "disorder"),
    "cytokine": ("cytokine", "interleukin", "factor"),
    "enzyme": ("enzyme", "protein"),
    "hormone": ("hormone",),
}
ENTITY_PATTERNS = {
    kind: re.compile(rf"(?<![\w-])(?P<answer>{words})(?![\w-])") for kind, words in _ENTITY_TYPES.items()
}
_ENOUGH = 4  # words beside what is asked for


def entity_facts(sentence: str, chance: random.Random) -> Iterator[Fact]:
    for kind, pattern in ENTITY_PATTERNS.items():
        for match in pattern.finditer(sentence):
            asked = chance.choice(_OTHER_WORDS.get(kind, (kind,)))
            before = words_before(sentence, match.start(), chance.randint(2, 7))
            after = words_after(sentence, match.end(), 7)
            forms = [f"{before} which {asked}{after}", f"which {asked}{after or f' {before}'}"]
            forms += [f"which {asked} {before}", f"what {asked}{after} {before}"]
            an = "an" if kind[0] in "aeo" else "a"
            if len(before.split()) + len(after.split()) < _ENOUGH:
                continue
            yield Fact.of(f"kind/{kind}", chance.choice(forms), match, instead=f"{an} {kind}")
