"""/metrics: closed until there is a token, then the figures of this process."""

import pytest
from django.test import AsyncClient, Client
from django.test.utils import override_settings
from prometheus_client.parser import text_string_to_metric_families

from webchat.metrics.answers import count_answer
from webchat.models import Outcome

TOKEN = "over-the-lake-0123456789"
NAMES = {
    "webchat_release_info",
    "webchat_sockets",
    "webchat_runs",
    "webchat_answers",
    "webchat_provider_errors",
    "webchat_first_token_seconds",
    "webchat_tokens",
    "webchat_tokens_per_second",
    "webchat_request_seconds",
    "webchat_event_loop_lag_seconds",
    "webchat_database_wait_seconds",
    "process_resident_memory_bytes",
    "process_open_fds",
}


@pytest.mark.django_db
def test_without_a_token_there_is_no_such_page() -> None:
    assert Client().get("/metrics").status_code == 404


@pytest.mark.parametrize(
    "said", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"]
)
def test_who_does_not_have_the_token_learns_nothing(said: str) -> None:
    with override_settings(METRICS_TOKEN=TOKEN):
        answer = Client().get("/metrics", headers={"authorization": said} if said else {})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert b"webchat_" not in answer.content


def test_being_an_administrator_does_not_open_it(admin_client: Client) -> None:
    with override_settings(METRICS_TOKEN=TOKEN):
        assert admin_client.get("/metrics").status_code == 401


async def figures() -> dict[str, float]:
    """Every sample by its name and labels."""
    with override_settings(METRICS_TOKEN=TOKEN):
        answer = await AsyncClient().get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    families = list(text_string_to_metric_families(answer.content.decode()))
    assert {family.name for family in families} >= NAMES
    return {
        f"{sample.name} {' '.join(sample.labels.values())}".strip(): sample.value
        for family in families
        for sample in family.samples
    }


async def test_whoever_has_the_token_reads_what_prometheus_reads() -> None:
    told = await figures()

    assert told["webchat_runs working"] == 0
    assert told["webchat_runs waiting"] == 0


async def test_an_answer_that_ended_is_in_the_figures() -> None:
    before = await figures()
    good = {"status": "complete", "first_seconds": 0.4, "total_seconds": 2.4}
    count_answer(Outcome(provider="A box", **good, prompt_tokens=12, completion_tokens=40))
    count_answer(Outcome(provider="A box", status="failed", error_code="rate_limited"))
    after = await figures()

    added = {name: value - before.get(name, 0) for name, value in after.items() if "A box" in name}
    assert added["webchat_answers_total A box complete"] == 1
    assert added["webchat_answers_total A box failed"] == 1
    assert added["webchat_provider_errors_total A box rate_limited"] == 1
    assert added["webchat_tokens_total prompt A box"] == 12
    assert added["webchat_tokens_total answer A box"] == 40
    assert added["webchat_first_token_seconds_count A box"] == 1
    assert added["webchat_first_token_seconds_bucket A box 0.5"] == 1
    assert added["webchat_first_token_seconds_bucket A box 0.3"] == 0
    assert added["webchat_tokens_per_second_sum A box"] == 20
