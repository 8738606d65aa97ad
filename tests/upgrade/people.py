"""Who is in the fixtures, and what they need to sign in. No import of the product."""

import json
from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"
COMMIT = "1d04681"

PASSWORD = "wild-geese-over-the-lake"
APP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""Of the authenticator apps of sam and bob."""

PEOPLE = ("ada", "sam", "alice", "bob", "wanda", "ina")
"""The superuser, staff, two members, one who waits for approval, one who was switched off."""

HEIR = "heir"
"""Has nothing; the JSON export is imported for this person."""

CODES = {"bob": "app", "sam": "recovery code"}
"""What is asked for after the password."""


def known() -> dict[str, str]:
    """`recovery_code` of sam, and the key of a `session` of alice."""
    found: dict[str, str] = json.loads((FIXTURES / "known.json").read_text(encoding="utf-8"))
    return found
