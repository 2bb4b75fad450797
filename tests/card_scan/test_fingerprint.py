"""A verdict holds for one fingerprint: one new photograph must give another."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ingest.card.fingerprint import fingerprint
from ingest.model.cards import CardFile, EntryKind, Listing

_files = st.lists(
    st.builds(
        CardFile,
        path=st.binary(min_size=1, max_size=8).filter(lambda path: b"\0" not in path),
        size=st.integers(0, 10**6),
        mtime_ns=st.integers(-(10**18), 10**19),
        kind=st.sampled_from(EntryKind),
    ),
    unique_by=lambda file: file.path,
    max_size=6,
)


def _of(files):
    return fingerprint(Listing(tuple(files)))


@settings(deadline=None)
@given(_files, st.randoms(use_true_random=False))
def test_it_does_not_depend_on_the_order_of_a_listing(files, random):
    shuffled = list(files)
    random.shuffle(shuffled)
    assert _of(shuffled) == _of(files)
    assert len(_of(files)) == 16


@settings(deadline=None)
@given(_files, _files)
def test_two_listings_that_differ_in_anything_have_two_fingerprints(one, other):
    assume(set(one) != set(other))
    assert _of(one) != _of(other)


def test_each_part_of_an_entry_counts():
    file = CardFile(b"DCIM/a.jpg", 10, 20)
    changed = [
        file._replace(path=b"DCIM/b.jpg"),
        file._replace(size=11),
        file._replace(mtime_ns=21),
        file._replace(kind=EntryKind.SYMLINK),
    ]
    assert len({_of([entry]) for entry in [file, *changed]}) == 5


def test_names_that_imitate_the_next_entry_cannot_hide_a_file():
    two = [CardFile(b"a", 1, 2), CardFile(b"b", 3, 4)]
    one = [CardFile(b"a1 2 fileb", 3, 4)]
    assert _of(two) != _of(one)
    assert _of([CardFile(b"a1", 2, 3)]) != _of([CardFile(b"a", 12, 3)])


def test_why_a_folder_could_not_be_read_may_change_without_a_new_fingerprint():
    told = CardFile(b"DCIM", 0, 0, EntryKind.UNLISTABLE, "Input/output error")
    assert _of([told]) == _of([told._replace(problem="Permission denied")])
