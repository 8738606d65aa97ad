"""What becomes of the models of an endpoint when it lists them again."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from providers.openai_models import ModelInfo
from tests.factories import make_endpoint, make_models
from webchat.catalog.listing import KEEP_GONE, MODELS_MAX, store
from webchat.models import Endpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint() -> Endpoint:
    return make_endpoint("Server", "OpenAICompatible")


def listed(*names: str) -> list[ModelInfo]:
    return [ModelInfo(name) for name in names]


def offered(endpoint: Endpoint) -> list[str]:
    return list(endpoint.models.offered().values_list("name", flat=True))


def test_a_first_list_is_offered_in_its_order_with_the_labels_it_tells(endpoint: Endpoint) -> None:
    listing = store(endpoint, [ModelInfo("zeta"), ModelInfo("alpha", label="Alpha 1")])
    assert (listing.total, listing.new, listing.gone) == (2, 2, 0)
    assert offered(endpoint) == ["zeta", "alpha"]
    assert [str(row) for row in endpoint.models.all()] == ["zeta", "Alpha 1"]
    endpoint.refresh_from_db()
    assert endpoint.models_checked_at is not None


def test_a_model_that_is_listed_no_more_is_not_offered_and_remembered(endpoint: Endpoint) -> None:
    store(endpoint, listed("one", "two"))
    endpoint.models.filter(name="two").update(label="The second")
    assert store(endpoint, listed("one")).gone == 1
    assert offered(endpoint) == ["one"]
    assert store(endpoint, listed("two", "one")).new == 0
    assert offered(endpoint) == ["two", "one"]
    assert endpoint.models.get(name="two").title == "The second"


def test_a_model_that_stays_away_is_forgotten_unless_it_is_the_default(endpoint: Endpoint) -> None:
    long_ago = timezone.now() - KEEP_GONE - timedelta(hours=1)
    make_models(endpoint, "old", "older-default", gone_since=long_ago)
    make_models(endpoint, "recent", gone_since=timezone.now())
    endpoint.models.get(name="older-default").make_default()
    store(endpoint, listed("one"))
    names = set(endpoint.models.values_list("name", flat=True))
    assert names == {"one", "recent", "older-default"}


def test_what_was_switched_off_stays_off(endpoint: Endpoint) -> None:
    store(endpoint, listed("one", "two"))
    endpoint.models.filter(name="one").update(enabled=False)
    store(endpoint, listed("one", "two"))
    assert offered(endpoint) == ["two"]


def test_new_models_wait_to_be_switched_on_where_that_is_wanted(endpoint: Endpoint) -> None:
    store(endpoint, listed("one"))
    endpoint.offers_new_models = False
    assert store(endpoint, listed("one", "two")).new == 1
    assert offered(endpoint) == ["one"]


def test_a_model_added_by_hand_stays_whatever_is_listed(endpoint: Endpoint) -> None:
    make_models(endpoint, "secret-preview", by_hand=True)
    store(endpoint, listed("one"))
    assert set(offered(endpoint)) == {"one", "secret-preview"}


def test_names_that_cannot_be_shown_or_kept_are_left_out(endpoint: Endpoint) -> None:
    store(endpoint, listed("good", "bad\nname", "\u202ebad", "x" * 201, "", "good"))
    assert offered(endpoint) == ["good"]


def test_a_list_without_end_is_cut(endpoint: Endpoint) -> None:
    store(endpoint, listed(*(f"model-{number}" for number in range(MODELS_MAX + 50))))
    assert endpoint.models.count() == MODELS_MAX


def test_the_same_list_again_writes_no_model(
    endpoint: Endpoint, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    models = listed(*(f"model-{number}" for number in range(MODELS_MAX)))
    store(endpoint, models)
    with django_assert_max_num_queries(6):  # a savepoint, the rows, what is long gone, the time
        store(endpoint, models)


def test_only_one_model_is_the_default(endpoint: Endpoint) -> None:
    one, two = make_models(endpoint, "one", "two")
    other = make_models(make_endpoint(), "other")[0]
    for row in (one, two, other):
        row.make_default()
    assert list(endpoint.models.filter(is_default=True)) == [two]
    other.refresh_from_db()
    assert other.is_default
