"""The catalogues in locale/: complete, without leftovers, and compiled."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils.translation.template import templatize

from core.environment import ROOT
from markets.details import LABELS
from markets.models import Language, ReasonCode

CATALOGUES = [
    Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"
    for language in Language.values
    if language != Language.EN  # the texts in the code are English
]
STRING = re.compile(r"""gettext\(u?('(?:\\.|[^'])*'|"(?:\\.|[^"])*")\)""")

every_catalogue = pytest.mark.parametrize(
    "catalogue", CATALOGUES, ids=[path.parts[-3] for path in CATALOGUES]
)


def texts() -> set[str]:
    """Return every text that is translated: labels, and what the mail templates contain."""
    found = {*LABELS.values(), *(str(code.label) for code in ReasonCode)}
    for template in sorted((ROOT / "templates" / "mail").glob("*.txt")):
        source = templatize(template.read_text(), origin=template.name)
        found |= {match[1][1:-1].replace("\\'", "'") for match in STRING.finditer(source)}
    return found


def test_translatable_texts_are_found() -> None:
    assert {"With kind regards", "Reason: %(reason)s.", "Photos"} <= texts()


@every_catalogue
def test_catalogue_translates_exactly_all_texts(catalogue: Path) -> None:
    entries = polib.pofile(str(catalogue))
    assert {entry.msgid for entry in entries} == texts()
    for entry in entries:
        assert entry.msgstr
        assert "fuzzy" not in entry.flags
        assert set(re.findall(r"%\(\w+\)s", entry.msgstr)) == set(
            re.findall(r"%\(\w+\)s", entry.msgid)
        )


@every_catalogue
def test_compiled_catalogue_is_up_to_date(catalogue: Path) -> None:
    """`make translations` compiles them; the site and its package read the result."""
    compiled = polib.pofile(str(catalogue)).to_binary()
    assert catalogue.with_suffix(".mo").read_bytes() == compiled
