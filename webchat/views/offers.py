"""What may be asked, as the picker and the plain select show it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from webchat.catalog import Choice, choices
from webchat.models import Conversation, User


@dataclass(frozen=True)
class ModelOffer:
    """One line of the picker; `value` is what a form sends, `label` what people read."""

    value: str
    label: str
    makes_images: bool


@dataclass(frozen=True)
class OfferGroup:
    """One endpoint of the picker with all it can do."""

    id: int
    label: str
    host: str
    unofficial: bool
    working: bool
    streams: bool
    history: bool
    system: bool
    images_in: bool
    models: Sequence[ModelOffer]

    @property
    def title(self) -> str:
        """The name where there is no room for more: it says whom one would trust."""
        if self.unofficial:
            return _("%(label)s (unofficial, sends to %(host)s)") % {
                "label": self.label,
                "host": self.host,
            }
        return self.label

    @property
    def route(self) -> str:
        """Where the text goes, as a sentence."""
        if not self.host:
            return _("What you write stays on this server.")
        if self.unofficial:
            return _(
                "What you write goes to %(host)s, an unofficial service: "
                "it may stop working, and you have no contract with it."
            ) % {"host": self.host}
        return _("What you write goes to %(host)s.") % {"host": self.host}


@dataclass(frozen=True)
class Chosen:
    group: OfferGroup
    model: ModelOffer


def _group(choice: Choice) -> OfferGroup:
    pk = choice.endpoint.pk
    return OfferGroup(
        id=pk,
        label=choice.label,
        host=choice.host,
        unofficial=choice.unofficial,
        working=choice.working,
        streams=choice.supports_stream,
        history=choice.supports_history,
        system=choice.supports_system,
        images_in=choice.supports_images_in,
        models=[
            ModelOffer(f"{pk}:{model.name}", model.label, model.name in choice.image_models)
            for model in choice.models
        ],
    )


def offers(user: User) -> list[tuple[Choice, OfferGroup]]:
    """Every endpoint that has a model to choose, in the order of the picker."""
    return [(choice, _group(choice)) for choice in choices(user) if choice.models]


def chosen(
    offered: Sequence[tuple[Choice, OfferGroup]],
    conversation: Conversation | None,
    wanted: str = "",
) -> Chosen | None:
    """What the composer starts with: `wanted`, the conversation's own, else the first that answers."""
    wishes = [wanted]
    if conversation is not None:
        wishes.append(f"{conversation.endpoint_id}:{conversation.model}")
    lines = {
        model.value: Chosen(group, model) for _choice, group in offered for model in group.models
    }
    for wish in wishes:
        if wish in lines:
            return lines[wish]
    official_first = sorted(offered, key=lambda pair: pair[1].unofficial or not pair[1].working)
    for choice, group in official_first:
        return lines[f"{group.id}:{choice.default_model}"]
    return None
