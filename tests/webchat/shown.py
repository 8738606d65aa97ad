"""What a page shows of an answer, worked out from the events by the rules of docs/protocol.md."""

from typing import Any


class Shown:
    """One answer on one page."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.reasoning = ""
        self.waiting: int | None = None
        self.updates = 0

    def take(self, event: dict[str, Any]) -> None:
        self.updates += 1
        self.waiting = event.get("waiting", self.waiting)
        if event["type"] == "message.reset":
            self.blocks, self.reasoning = list(event["blocks"]), event["reasoning"]
            return
        for number, offset, html in event.get("blocks", []):
            self.blocks += [""] * (number + 1 - len(self.blocks))
            kept = self.blocks[number].encode("utf-16-le")[: 2 * offset].decode("utf-16-le")
            self.blocks[number] = kept + html
        if "count" in event:
            self.blocks = self.blocks[: event["count"]]
        if "reasoning" in event:
            offset, text = event["reasoning"]
            kept = self.reasoning.encode("utf-16-le")[: 2 * offset].decode("utf-16-le")
            self.reasoning = kept + text

    @property
    def html(self) -> str:
        return "".join(f'<div class="block">{block}</div>' for block in self.blocks)
