"""A passkey as a browser registers it, without the browser."""

import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)


def registration(origin: str = "http://localhost") -> dict[str, Any]:
    """What `navigator.credentials.create()` gives back, as JSON."""
    name = os.urandom(16)
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    key = AttestedCredentialData.create(Aaguid.NONE, name, ES256.from_cryptography_key(public))
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    data = AuthenticatorData.create(bytes(32), flags, 0, key)
    said = CollectedClientData.create(CollectedClientData.TYPE.CREATE, bytes(32), origin)
    return {
        "type": "public-key",
        "id": websafe_encode(name),
        "rawId": websafe_encode(name),
        "response": {
            "clientDataJSON": websafe_encode(said),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        },
        "clientExtensionResults": {"credProps": {"rk": True}},
    }
