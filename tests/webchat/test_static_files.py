"""Static files: named by their content, compressed, collected again when one of them changed."""

import gzip
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test.utils import override_settings

from webchat.management.serving.static_files import collect_static
from webchat.settings.storage import modules_hash

LONG = "/* the same again */\n" * 100


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[Path]:
    """Two modules that import each other, and a style sheet with a picture."""
    files = {
        "js/one.js": f'import {{ two }} from "./two.js";\nexport const one = 1;\n{LONG}',
        "js/two.js": f'export const two = () => import("./one.js");\n{LONG}',
        "css/page.css": f"body {{ background: url(../img/dot.svg) }}\n{LONG}",
        "img/dot.svg": "<svg/>",
    }
    for name, text in files.items():
        file = tmp_path / "static" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "data").mkdir()
    with override_settings(
        STATICFILES_DIRS=[tmp_path / "static"],
        STATICFILES_FINDERS=["django.contrib.staticfiles.finders.FileSystemFinder"],
        STATIC_ROOT=tmp_path / "data" / "static",
        DATA_DIR=tmp_path / "data",
        STORAGES=settings.STORAGES
        | {"staticfiles": {"BACKEND": "webchat.settings.storage.StaticStorage"}},
    ):
        modules_hash.cache_clear()
        yield tmp_path / "static"
    modules_hash.cache_clear()


def collected(name: str) -> Path:
    """Where the file of this plain name lies under its name with the hash."""
    manifest = json.loads(Path(settings.STATIC_ROOT, "staticfiles.json").read_text())
    return Path(settings.STATIC_ROOT, manifest["paths"][name])


def test_names_hold_a_hash_and_are_used_inside_files(sources: Path) -> None:
    assert collect_static()

    assert re.fullmatch(r"page\.[0-9a-f]{12}\.css", collected("css/page.css").name)
    assert f'url("../img/{collected("img/dot.svg").name}")' in collected(
        "css/page.css"
    ).read_text().replace("'", '"')


def test_modules_may_import_one_another_in_a_circle(sources: Path) -> None:
    collect_static()

    one, two = collected("js/one.js"), collected("js/two.js")
    assert f'from "./{two.name}"' in one.read_text()
    assert f'import("./{one.name}")' in two.read_text()


def test_a_change_of_one_module_renames_them_all(sources: Path) -> None:
    collect_static()
    before = collected("js/one.js").name, collected("js/two.js").name

    (sources / "js" / "two.js").write_text(f"export const two = 2;\n{LONG}")
    modules_hash.cache_clear()
    staticfiles_storage.hashed_files.clear()
    assert collect_static()

    after = collected("js/one.js").name, collected("js/two.js").name
    assert set(before).isdisjoint(after)


def test_text_lies_there_compressed(sources: Path) -> None:
    collect_static()

    file = collected("js/one.js")
    packed = file.with_name(f"{file.name}.gz")
    assert gzip.decompress(packed.read_bytes()) == file.read_bytes()
    assert packed.stat().st_size < file.stat().st_size / 4


def test_nothing_is_collected_twice(sources: Path) -> None:
    assert collect_static() is True
    assert collect_static() is False

    style = sources / "css" / "page.css"
    status = style.stat()
    os.utime(style, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))
    assert collect_static() is True


def test_a_lost_folder_is_collected_again(sources: Path) -> None:
    collect_static()
    Path(settings.STATIC_ROOT).rename(Path(settings.DATA_DIR) / "elsewhere")

    assert collect_static() is True
