"""Searching for what tests have written: the chore's work done at once."""

from collections.abc import Callable

import pytest

from webchat.search.finding import Page, for_staff, for_user
from webchat.search.indexing import index_some

Titles = Callable[..., list[str]]


@pytest.fixture
def index(db: None) -> Callable[[], None]:
    """Bring everything that waits into the index."""

    def work() -> None:
        while index_some():
            pass

    return work


def titles(page: Page) -> list[str]:
    return [hit.conversation.title for hit in page.hits]


@pytest.fixture
def search(index: Callable[[], None]) -> Titles:
    """The titles of the first page a person finds."""

    def work(user, query, before=""):  # type: ignore[no-untyped-def]
        index()
        return titles(for_user(user, query, before))

    return work


@pytest.fixture
def search_all(index: Callable[[], None]) -> Titles:
    """The titles of the first page staff finds."""

    def work(user, query, **options):  # type: ignore[no-untyped-def]
        index()
        return titles(for_staff(user, query, **options))

    return work
