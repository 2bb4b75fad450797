"""The contract over a store in memory: were it not kept there, it would be the suite that errs."""

import pytest
from memory_store import MemoryStore
from store_contract import StoreContract, VersionsContract


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def behind(store):
    return store


@pytest.fixture
def fill(store):
    def place(keys):
        for key in keys:
            store.place(key, key.encode())

    return place


class TestMemory(StoreContract, VersionsContract):
    pass
