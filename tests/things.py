"""Something of every kind, made inside of a product that has an administrator."""

import time
from typing import Any
from uuid import uuid4

from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from tests.factories import PASSWORD, make_conversation, make_endpoint, make_message, make_models
from tests.passkeys import registration
from tests.pictures import PNG
from webchat.accounts.reset_link import reset_link
from webchat.generation.images import examine, store
from webchat.generation.records import rendered
from webchat.models import Conversation, Installation, Limits, Media, Message, Outcome, Run, User

ANSWER = """# Geese

They *fly* [1] over the lake, see <https://example.org> and $e^{i\\pi} = -1$.

| north | south |
|---|---|
| 1 | 2 |

```python
print("honk")
```

- [x] left
- [ ] came back[^1]

[^1]: in spring
"""
SOURCES = [{"url": "https://example.org/geese", "title": "Geese"}]
ERROR = {"code": "rate_limited", "message": "Too many requests.", "can_retry": True}


def make() -> dict[str, str]:
    """The keys of what was made, by the words of tests/addresses.py."""
    user = User.objects.get(is_superuser=True)
    somebody = User.objects.create_user("somebody", email="somebody@example.org", password=PASSWORD)
    EmailAddress.objects.create(user=somebody, email=somebody.email)
    group, _ = Group.objects.get_or_create(name="Geese")
    Limits.objects.get_or_create(group=group)
    make_models(
        make_endpoint("A box", "OpenAICompatible", base_url="http://127.0.0.1:9/v1"), "goose"
    )
    stranger = User.objects.create_user("lost-the-password")
    site, _ = Installation.objects.get_or_create()
    site.logo, site.notice = PNG, "**Tonight** we fly, see https://example.org"
    site.save()
    conversation = make_conversation(user)
    picture = store(user, examine(PNG), Media.Origin.UPLOADED, name="geese.png", alt="Geese")
    answer, failed = talk(conversation, picture)
    tokens = {"prompt_tokens": 10, "completion_tokens": 200}
    seconds = {"first_seconds": 0.4, "total_seconds": 4, "started_at": timezone.now()}
    for message, status in ((answer, "complete"), (failed, "failed")):
        told = {"provider": "A box", "model": "goose", "status": status, **tokens, **seconds}
        Outcome.objects.create(message_id=message.pk, owner=user, **told)
    run = Run.objects.create(owner=user, client_id=uuid4(), message=failed, node="elsewhere")
    key = WebAuthn.add(somebody, "Key", registration())
    TOTP.activate(somebody, generate_totp_secret())
    RecoveryCodes.activate(somebody)
    return {
        "administrator": session_of(user),
        "somebody": session_of(somebody),
        "key": str(key.instance.pk),
        "conversation": str(conversation.pk),
        "webchat.conversation": str(conversation.pk),
        "answer": str(answer.pk),
        "run": str(run.pk),
        "picture": str(picture.pk),
        "token": "Kx7-over-the-lake",
        "logo": site.logo_digest,
        "reset": "accounts/" + reset_link(stranger).split("/accounts/")[1],
        "content": f"{ContentType.objects.get_for_model(User).pk}/{user.pk}",
    }


def session_of(user: User) -> str:
    """A session as if the person had just signed in, and will have for as long as a test takes."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    said = {"method": "password", "at": time.time() + 3600, "reauthenticated": True}
    session["account_authentication_methods"] = [said]
    session["account_authentication_methods_user"] = str(user.pk)
    session.create()
    return str(session.session_key)


def talk(conversation: Conversation, picture: Media) -> tuple[Message, Message]:
    """A good answer with all that one can hold, and one that failed."""
    make_message(conversation, "What is this?").media.add(picture)
    good: dict[str, Any] = {"reasoning": "Honk?", "reasoning_seconds": 2, "sources": SOURCES}
    answer = make_message(conversation, ANSWER, "assistant", provider="Demo", **good)
    for name, value in rendered(answer.pk, ANSWER, SOURCES).items():
        setattr(answer, name, value)
    answer.save()
    answer.media.add(picture)
    make_message(conversation, "And now?")
    return answer, make_message(conversation, "", "assistant", status="failed", error=ERROR)
