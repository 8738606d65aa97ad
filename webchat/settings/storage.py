"""Where static files go when they are collected."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """Compressed files under names that hold a hash of the content, so browsers keep them for ever.

    The names inside ES modules' imports are rewritten too.
    """

    support_js_module_import_aggregation = True
