"""Limits, as a page with and without scripts meets them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, Client
from pytest_django import DjangoAssertNumQueries

from tests.pictures import PNG
from tests.webchat.limits.test_allowances import make_limits
from tests.webchat.limits.test_spending import make_outcome
from tests.webchat.views.test_messages import JSON, all_ended, say
from webchat.db import db
from webchat.models import Endpoint, Media, Message, Outcome, User


@pytest.mark.usefixtures("process", "transactional_db")
async def test_by_form_the_page_comes_back_with_the_words_and_the_reason(
    async_client: AsyncClient, endpoint: Endpoint
) -> None:
    await db(lambda: make_limits(messages_a_minute=1))
    await say(async_client, endpoint, "First")
    await all_ended()
    answer = await say(async_client, endpoint, "Second")
    text = answer.content.decode()
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60
    assert "You may ask 1 time a minute. It goes on in" in text
    assert ">Second</textarea>" in text


@pytest.mark.usefixtures("process", "transactional_db")
async def test_a_script_is_told_in_how_many_seconds_it_goes_on(
    async_client: AsyncClient, endpoint: Endpoint
) -> None:
    await db(lambda: make_limits(messages_a_minute=1))
    await say(async_client, endpoint, "First")
    await all_ended()
    answer = await async_client.post("/send/", {"text": "x", "choice": "1:fake-1"}, headers=JSON)
    assert answer.status_code == 400  # what is not offered comes before
    last = await db(Message.objects.get, role="assistant")
    answer = await async_client.post(f"/m/{last.pk}/regenerate/", headers=JSON)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (429, "too_often")
    assert str(told["retry_after"]) == answer["Retry-After"]
    page = await async_client.post(f"/m/{last.pk}/continue/")
    assert page.status_code == 429
    assert "a minute" in page.content.decode()


def test_a_picture_above_the_limit_is_refused_with_the_limit(client: Client, alice: User) -> None:
    make_limits("painters", alice, upload_bytes=len(PNG) - 1)
    answer = client.post("/media/", {"image": SimpleUploadedFile("dot.png", PNG)})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert f"{len(PNG) - 1}\N{NO-BREAK SPACE}bytes" in answer.json()["message"]
    assert not Media.objects.exists()


def test_the_page_says_how_many_tokens_are_left_when_they_are_few(
    client: Client, alice: User
) -> None:
    make_limits(tokens_a_day=1000)
    make_outcome(alice, tokens=850)
    assert "tokens for 24 hours" not in client.get("/").content.decode()
    make_outcome(alice, tokens=100)
    assert "50 of your 1,000 tokens for 24 hours are left." in client.get("/").content.decode()
    make_outcome(alice, tokens=100)
    assert "No tokens are left until" in client.get("/").content.decode()


def test_where_tokens_are_not_limited_the_page_does_not_count_them(
    client: Client, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/")
    with django_assert_max_num_queries(20) as asked:
        client.get("/")
    assert not [query for query in asked.captured_queries if Outcome._meta.db_table in query["sql"]]
