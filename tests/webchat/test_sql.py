"""Statements that are composed once say the same as the ORM's."""

import uuid

import pytest
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef
from django.test.utils import CaptureQueriesContext

from tests.factories import make_endpoint
from webchat.models import Conversation, Endpoint, EndpointModel, Message, User
from webchat.sql import Prepared, PreparedRows, insert, update

pytestmark = pytest.mark.django_db

MINE: Prepared[Conversation] = Prepared(
    lambda user, pk: Conversation.objects.for_user(user).filter(pk=pk)
)
TITLED = PreparedRows(
    lambda title: Conversation.objects.filter(title=title).order_by("pk").values_list("pk", "title")
)


def columns(row: models.Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_row_is_found_as_its_model_and_only_by_who_may(alice: User, bob: User) -> None:
    written = Conversation.objects.create(owner=alice, title="one", parameters={"a": [1]})
    found = MINE.first(alice.pk, written.pk)
    assert found is not None
    assert columns(found) == columns(Conversation.objects.get())
    assert found == written
    assert not found._state.adding
    assert MINE.first(bob.pk, written.pk) is None
    assert MINE.first(alice.pk, uuid.uuid4()) is None


def test_the_statement_is_the_same_for_all_values(alice: User) -> None:
    for title in ("one", "two", "' OR ''='", "%s"):
        Conversation.objects.create(owner=alice, title=title)
    for title in ("one", "two", "' OR ''='", "%s"):
        [(pk, found)] = TITLED.all(title)
        assert found == title
        assert isinstance(pk, uuid.UUID)
    assert TITLED.all("three") == []


def test_what_a_query_annotates_comes_with_the_row() -> None:
    models_of = EndpointModel.objects.filter(endpoint=OuterRef("pk"))
    query: Prepared[Endpoint] = Prepared(
        lambda pk: Endpoint.objects.annotate(has_models=Exists(models_of)).filter(pk=pk)
    )
    endpoint = make_endpoint(api_key="secret")
    for has_models in (False, True):
        found = query.first(endpoint.pk)
        assert found is not None
        assert bool(found.has_models) is has_models  # type: ignore[attr-defined]
        assert found.api_key == "secret"
        EndpointModel.objects.create(endpoint=endpoint, name=f"after {has_models}")


def test_what_a_query_defers_is_not_read_with_the_row(alice: User) -> None:
    query: Prepared[Message] = Prepared(lambda pk: Message.objects.defer("html").filter(pk=pk))
    conversation = Conversation.objects.create(owner=alice)
    written = Message.objects.create(conversation=conversation, text="a", html="<p>a</p>")
    with CaptureQueriesContext(connection) as queries:
        found = query.first(written.pk)
    assert found == written
    assert found is not None and found.get_deferred_fields() == {"html"}
    assert "html" not in queries[0]["sql"]
    assert found.html == "<p>a</p>"


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks all of itself")
def test_a_row_can_be_held(alice: User) -> None:
    held: Prepared[Conversation] = Prepared(
        lambda pk: Conversation.objects.filter(pk=pk).select_for_update()
    )
    written = Conversation.objects.create(owner=alice)
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        assert held.first(written.pk) == written
    assert "FOR UPDATE" in queries[0]["sql"]


def test_an_inserted_row_is_as_if_it_were_saved(alice: User) -> None:
    conversation = Conversation(owner=alice, title="ü", parameters={"a": None})
    insert(conversation)
    message = Message(conversation=conversation, text="a\U0001f600", sources=[{"url": "x"}])
    insert(message)
    for row in (conversation, message):
        assert columns(type(row).objects.get()) == columns(row)  # type: ignore[attr-defined]
        row.save()  # it knows that it is there
    assert Message.objects.count() == 1


def test_an_update_writes_the_fields_that_are_named(alice: User) -> None:
    conversation = Conversation.objects.create(owner=alice, title="one")
    other = Conversation.objects.create(owner=alice, title="two")
    conversation.title, conversation.model, conversation.parameters = "new", "new", {"a": 1}
    update(conversation, "title", "parameters")
    conversation.refresh_from_db()
    assert (conversation.title, conversation.model) == ("new", "")
    assert conversation.parameters == {"a": 1}
    other.refresh_from_db()
    assert other.title == "two"
