"""Two catalogs never share a name, or one would overwrite what the other said."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.tagging.catalog_names import distinct_names

paths = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(lambda p: ["/", *p]), max_size=6)


def test_a_catalog_is_called_by_its_file():
    assert distinct_names([("/", "Pictures", "Main.lrcat"), ("/", "Pictures", "Old.lrcat")]) == [
        "Main.lrcat",
        "Old.lrcat",
    ]


def test_two_of_one_name_get_as_much_of_their_folders_as_tells_them_apart():
    assert distinct_names([("/", "a", "2024", "Main.lrcat"), ("/", "a", "2025", "Main.lrcat")]) == [
        "2024/Main.lrcat",
        "2025/Main.lrcat",
    ]


@given(paths)
def test_two_names_are_the_same_only_where_the_catalogs_are(found):
    names = distinct_names(found)
    assert len(set(names)) == len({tuple(path) for path in found})
    assert all("/".join(path).endswith(name) for path, name in zip(found, names, strict=True))
