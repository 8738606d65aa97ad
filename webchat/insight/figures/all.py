"""All figures of a period, each read when it is first asked for."""

from functools import cached_property

from webchat.insight.figures import activity, opinions, speed, storage
from webchat.insight.period import Period
from webchat.models import Message


class Figures:
    """Six queries in all, seven on PostgreSQL, however long the period is."""

    def __init__(self, period: Period) -> None:
        self.period = period

    @cached_property
    def activity(self) -> activity.Activity:
        return activity.read(self.period)

    @cached_property
    def speeds(self) -> speed.Speeds:
        complete = sum(
            answers.count
            for answers in self.activity.answers
            if answers.status == Message.Status.COMPLETE
        )
        return speed.read(self.period, complete)

    @cached_property
    def opinions(self) -> opinions.Opinions:
        return opinions.read(self.period)

    @cached_property
    def storage(self) -> storage.Storage:
        return storage.read()
