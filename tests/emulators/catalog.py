"""The emulator of every provider that has an upstream, each with the port it usually has."""

from typing import NamedTuple

from tests.emulators.koala import KoalaEmulator
from tests.emulators.openai import OpenAIEmulator
from tests.emulators.perplexity import PerplexityEmulator
from tests.emulators.pizzagpt import PizzagptEmulator
from tests.emulators.talker import Talker
from tests.emulators.vitalentum import VitalentumEmulator
from tests.emulators.websim import WebsimEmulator


class Entry(NamedTuple):
    emulator: type[Talker]
    port: int


EMULATORS = {
    "PerplexityLabs": Entry(PerplexityEmulator, 9101),
    "Pizzagpt": Entry(PizzagptEmulator, 9102),
    "Websim": Entry(WebsimEmulator, 9103),
    "Koala": Entry(KoalaEmulator, 9104),
    "Vitalentum": Entry(VitalentumEmulator, 9105),
    "OpenAICompatible": Entry(OpenAIEmulator, 9106),
}
