"""Storage used, now."""

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from webchat.insight.charts.bars import Bar, bars
from webchat.insight.figures.all import Figures
from webchat.insight.sections.section import Section
from webchat.insight.tables import Head, Table

KIBI = 1024


def storage(figures: Figures) -> Section:
    found = figures.storage
    rows = [
        (_("Uploaded pictures"), found.uploaded, found.uploaded_bytes),
        (_("Generated pictures"), found.generated, found.generated_bytes),
        (_("Database"), None, found.database_bytes),
    ]
    heads = [Head(_("What")), Head(_("Files"), "count"), Head(_("Size"), "bytes")]
    unit = _unit(max(size for _name, _files, size in rows))
    drawn = [
        Bar(name, [(f"c{number}", size / unit)], filesizeformat(size))
        for number, (name, _files, size) in enumerate(rows, start=1)
    ]
    described = _("How much room pictures and the database take now.")
    chart = bars(
        _("Storage"), described, drawn, lambda units: filesizeformat(units * unit), intervals=2
    )
    note = _("As it is now, whatever the period. The database's size includes room it has free.")
    table = Table("storage", _("Storage"), heads, rows)
    return Section("storage", _("Storage used"), [chart], [table], note)


def _unit(size: int) -> int:
    """The largest power of 1024 that is not above `size`, so that axes have round numbers."""
    power = 1
    while size >= power * KIBI:
        power *= KIBI
    return power
