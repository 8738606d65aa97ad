"""Which days figures are about."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from webchat.days import EARLIEST, LATEST
from webchat.insight.period import DAYS, LONGEST, Period

USUAL = 30
BOUNDS = [MinValueValidator(EARLIEST), MaxValueValidator(LATEST)]


class PeriodForm(forms.Form):
    """So many days up to today, or from one day to another; a day that is missing is worked out."""

    days = forms.TypedChoiceField(
        choices=[(days, days) for days in DAYS], coerce=int, required=False, empty_value=None
    )
    since = forms.DateField(label=_("From"), required=False, validators=BOUNDS)
    until = forms.DateField(label=_("To"), required=False, validators=BOUNDS)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and since > until:
            raise ValidationError(_("The first day comes after the last one."))
        if since and until and until - since >= timedelta(days=LONGEST):
            raise ValidationError(_("Choose three years at most."))
        return data

    def period(self, today: date, zone: ZoneInfo) -> Period:
        """What is asked for; the usual days where that cannot be read."""
        if not self.is_valid():
            return Period.until(today, USUAL, zone)
        days, since, until = (self.cleaned_data[name] for name in ("days", "since", "until"))
        if days or not (since or until):
            return Period.until(today, days or USUAL, zone)
        if since is None:
            return Period.until(until, USUAL, zone)
        last = until or max(today, since)
        return Period(max(since, last - timedelta(days=LONGEST - 1)), last, zone)
