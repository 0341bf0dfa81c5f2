import json

from paperchat.retrieval.facets import MAX_FACET_VALUES, count_facets
from paperchat.types import Paper


def paper(**given: object) -> Paper:
    return Paper(title="T", **given)  # type: ignore[arg-type]


def test_papers_are_counted_once_for_each_value() -> None:
    found = count_facets(
        [
            paper(date="2024-05-01", categories=("cs.CL", "cs.CL", "cs.LG"), authors=("Ada", "Alan")),
            paper(date="2024", categories=("cs.LG",), authors=("Ada",)),
            paper(date="2021-01-02"),
            paper(),
        ]
    )
    assert found.papers == 4
    assert found.years == (("2024", 2), ("2021", 1))
    assert found.categories == (("cs.LG", 2), ("cs.CL", 1))
    assert found.authors == (("Ada", 2), ("Alan", 1))
    document = json.loads(json.dumps(found.as_json()))
    assert document["years"] == [{"value": "2024", "papers": 2}, {"value": "2021", "papers": 1}]


def test_only_the_commonest_are_told() -> None:
    many = [paper(authors=("Ada", f"Author {number}")) for number in range(50)]
    found = count_facets(many)
    assert len(found.authors) == MAX_FACET_VALUES
    assert found.authors[0] == ("Ada", 50)
    assert count_facets([]).papers == 0
