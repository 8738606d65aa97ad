"""Fields in the rows of a list, named for those who do not see the head of the column."""

from typing import Any

from django import forms


class NamedRow(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable
    """The form of one row: each field says what it is and of what."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{field.label}: {self.instance}"
