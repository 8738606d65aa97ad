"""The examination in the panel."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from tests.factories import make_user
from webchat.doctor.finding import good, wrong

pytestmark = pytest.mark.django_db


def test_findings_stand_with_their_cures(panel: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    findings = [good("Disk", "Plenty."), wrong("Host", "Odd <b>name</b>.", "Host $http_host;")]
    monkeypatch.setattr("webchat.admin.installation.examine", lambda: iter(findings))
    assert "Examine now" in panel.get(reverse("admin:examination")).content.decode()
    page = panel.post(reverse("admin:examination")).content.decode()
    assert "1 thing is wrong." in page
    assert "Odd &lt;b&gt;name&lt;/b&gt;." in page
    assert "Host $http_host;" in page


def test_only_those_who_look_after_the_site_may_examine_it() -> None:
    helper = make_user("helper", is_staff=True)
    client = Client()
    client.force_login(helper)
    assert client.post(reverse("admin:examination")).status_code == 403
    helper.user_permissions.add(Permission.objects.get(codename="change_installation"))
    assert client.get(reverse("admin:examination")).status_code == 200
