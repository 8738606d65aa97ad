"""Mail that somebody else causes: each person reads it in their own language."""

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils import translation

from webchat.models import User


def tell(user: User, template: str) -> None:
    """Send `account/email/<template>_subject.txt` and `_message.txt` where that is possible."""
    address = EmailAddress.objects.get_primary_email(user)
    if not settings.HAS_MAIL or not address:
        return
    with translation.override(user.language or settings.LANGUAGE_CODE):
        get_adapter().send_mail(f"account/email/{template}", address, {"user": user})
