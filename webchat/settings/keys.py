"""Keys that the installation makes for itself and keeps in its data folder."""

import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet

from webchat.settings.environment import SettingsError


def make_secret_key() -> str:
    return secrets.token_urlsafe(48)


def make_field_key() -> str:
    return Fernet.generate_key().decode()


def prepare_folder(folder: Path) -> None:
    """Make the data folder and see that it can be written. Raises SettingsError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError([_unusable(folder, error.strerror)]) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError([_unusable(folder, "it cannot be written")])


def kept_key(file: Path, new: str) -> str:
    """The key in `file`; a missing file is made with `new` in it, readable by its owner only.

    Of several processes that start together one makes the file and the others read it: the key
    is written aside and linked, so that the name never stands for half a key.
    """
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        if not file.exists():
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as stream:
                stream.write(new)
            try:
                os.link(draft, file)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return file.read_text().strip()
    except OSError as error:
        raise SettingsError([_unusable(file.parent, error.strerror)]) from None


def _unusable(folder: Path, reason: str | None) -> str:
    return (
        f"DATA_DIR names the folder {folder}, which cannot be used: {reason}.\n"
        "      Give it to the user who runs Webchat, or choose another one: DATA_DIR=/path/to/data"
    )
