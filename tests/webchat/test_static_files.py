"""Static files: named by their content, compressed, collected again when one of them changed."""

import gzip
import json
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.signals import setting_changed
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.test.utils import override_settings

from webchat.management.serving.static_files import collect_static, name_current
from webchat.middleware import StaticFiles
from webchat.settings.storage import MANIFEST, modules_hash, release_folder

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


def start_anew() -> bool:
    """As another process: whether it collects."""
    modules_hash.cache_clear()
    setting_changed.send(None, setting="STORAGES", value=settings.STORAGES, enter=True)
    return collect_static()


def release_after(sources: Path, number: int) -> Path:
    """Change a source and start; where the module lies then."""
    (sources / "js" / "two.js").write_text(f"export const two = {number};\n{LONG}")
    assert start_anew()
    return collected("js/two.js")


def serving() -> StaticFiles:
    """What a process serves that starts now."""

    async def elsewhere(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=404)

    return StaticFiles(elsewhere)


async def ask(process: StaticFiles, name: str) -> int:
    """The status of an answer to a browser that wants this file."""
    return (await process(RequestFactory().get(f"/static/{name}"))).status_code


def collected(name: str) -> Path:
    """Where the file of this plain name lies under its name with the hash."""
    manifest = json.loads((release_folder() / MANIFEST).read_text())
    return release_folder() / manifest["paths"][name]


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

    release_after(sources, 2)

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
    assert start_anew() is False

    style = sources / "css" / "page.css"
    status = style.stat()
    os.utime(style, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))
    assert start_anew() is True


def test_nginx_finds_the_release_that_was_started_last(sources: Path) -> None:
    collect_static()
    name_current()
    current = Path(settings.STATIC_ROOT, "current")
    before = current.resolve()
    assert before == release_folder()

    release_after(sources, 2)
    name_current()

    assert current.resolve() == release_folder() != before
    assert not current.readlink().is_absolute()  # the folder may be elsewhere for nginx


def test_a_copied_folder_in_place_of_the_link_gives_way(sources: Path) -> None:
    collect_static()
    current = Path(settings.STATIC_ROOT, "current")
    shutil.copytree(release_folder(), current)
    name_current()

    assert current.resolve() == release_folder()


def test_everybody_may_read_them_whatever_the_umask(sources: Path) -> None:
    before = os.umask(0o077)
    try:
        collect_static()
    finally:
        os.umask(before)

    files = [file for file in release_folder().rglob("*") if file.is_file()]
    folders = [Path(settings.STATIC_ROOT), release_folder(), release_folder() / "js"]
    assert any(file.suffix == ".gz" for file in files)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o644}
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o755}


def test_a_lost_folder_is_collected_again(sources: Path) -> None:
    collect_static()
    Path(settings.STATIC_ROOT).rename(Path(settings.DATA_DIR) / "elsewhere")

    assert start_anew() is True


def test_collecting_that_was_broken_off_is_done_anew(sources: Path) -> None:
    collect_static()
    (release_folder() / MANIFEST).unlink()
    (release_folder() / "half.js").write_text("ha")

    assert start_anew() is True
    assert not (release_folder() / "half.js").exists()


def test_the_files_of_the_last_releases_stay_and_those_before_go(sources: Path) -> None:
    first, second, third = (release_after(sources, number) for number in (1, 2, 3))
    assert all(file.is_file() for file in (first, second, third))

    fourth = release_after(sources, 4)

    assert not first.exists()
    assert all(file.is_file() for file in (second, third, fourth))


def test_a_release_that_was_started_again_counts_as_new(sources: Path) -> None:
    two = sources / "js" / "two.js"
    first = release_after(sources, 1)
    kept, times = two.read_bytes(), two.stat()
    second = release_after(sources, 2)
    release_after(sources, 3)
    two.write_bytes(kept)
    os.utime(two, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert start_anew() is False

    release_after(sources, 4)

    assert first.is_file()
    assert not second.exists()


async def test_a_process_also_serves_what_pages_of_other_releases_ask_for(sources: Path) -> None:
    old = release_after(sources, 1).name
    mine = release_after(sources, 2).name
    process = serving()
    new = release_after(sources, 3).name

    for name in (old, mine, new):
        assert await ask(process, f"js/{name}") == 200
    assert await ask(process, "js/two.0123456789ab.js") == 404
    assert await ask(process, f"js/{new}.gz") == 404
    assert await ask(process, MANIFEST) == 404
    assert await ask(process, f"../{release_folder().name}/js/{new}") == 404
