"""OpenID Connect, stricter than allauth does it; imported only where a provider is configured.

Every id token is checked: signature, issuer, audience, expiry (allauth trusts the connection it
came over), and that it was made for this very sign-in (`nonce`).
"""

import base64
import hashlib
import hmac
from typing import Any

import requests
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.utils import build_absolute_uri
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

PROVIDER_ID = "oidc"
NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


def nonce_for(code_verifier: str) -> str:
    """What the id token must repeat; only who began the sign-in can know it beforehand."""
    digest = hashlib.sha256(b"nonce " + code_verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class IdentityProviderAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # no types
    """What is asked of the provider, and what is believed of its answers."""

    def __init__(self, request: HttpRequest, provider_id: str = PROVIDER_ID) -> None:
        super().__init__(request, provider_id)
        self._nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        """The provider's own description. Raises OAuth2Error where it is of somebody else."""
        try:
            config: dict[str, Any] = super().openid_config
            issuer, missing = config.get("issuer"), [key for key in NEEDED if not config.get(key)]
        except (requests.RequestException, ValueError, AttributeError) as error:
            raise OAuth2Error("the provider's description cannot be read") from error
        if missing or str(issuer).rstrip("/") != settings.OIDC_ISSUER:
            raise OAuth2Error("the provider's description is not that of OIDC_ISSUER")
        return config

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        url: str = build_absolute_uri(request, reverse("oidc_callback"))
        return url

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: Any = None
    ) -> Any:
        if not pkce_code_verifier:
            raise OAuth2Error("the sign-in was not begun here")
        self._nonce = nonce_for(pkce_code_verifier)
        return super().get_access_token_data(request, app, client, pkce_code_verifier)

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        data = {"id_token": self._decode_id_token(app, kwargs["response"].get("id_token"))}
        if self.openid_config.get("userinfo_endpoint"):
            data["userinfo"] = self._fetch_user_info(token.token)
            if data["userinfo"].get("sub") != data["id_token"]["sub"]:
                raise OAuth2Error("the userinfo is of somebody else")
        return self.get_provider().sociallogin_from_response(request, data)

    def _decode_id_token(self, app: Any, id_token: Any) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwtkit.verify_and_decode(
                credential=id_token,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
            )
            nonce, _subject = str(claims["nonce"]), claims["sub"]
        except (KeyError, TypeError, ValueError) as error:
            raise OAuth2Error("the id token lacks something") from error
        if not hmac.compare_digest(nonce, self._nonce):
            raise OAuth2Error("the id token is of another sign-in")
        return claims


class IdentityProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """The one provider of OIDC_ISSUER."""

    oauth2_adapter_class = IdentityProviderAdapter

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        return reverse("oidc_login")

    def get_callback_url(self) -> str:
        return reverse("oidc_callback")

    def get_pkce_params(self) -> dict[str, Any]:
        params: dict[str, Any] = generate_code_challenge()
        return params | {"nonce": nonce_for(params["code_verifier"])}

    def get_auth_params_from_request(self, request: HttpRequest, action: Any) -> Any:
        """allauth would let the address add to them."""
        return self.get_auth_params()

    def get_scope_from_request(self, request: HttpRequest) -> Any:
        return self.get_scope()

    def extract_email_addresses(self, data: Any) -> Any:
        """Some providers say `"false"`, which is not nothing."""
        addresses = super().extract_email_addresses(data)
        for address in addresses:
            address.verified = address.verified in (True, "true")
        return addresses
