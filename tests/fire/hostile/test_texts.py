"""Hostile texts in every field of every form: refused next to the field, or stored as they are."""

import time
from html import escape, unescape
from itertools import cycle, islice
from typing import Any

import pytest

from tests.fire.hostile.forms import FORMS, Form, Scene, new_scene
from tests.fire.hostile.payloads import TEXTS
from tests.fire.report import choose, record

CASES = [(form, field) for form, each in FORMS.items() for field in each.texts]
TEXTS_OF_A_FIELD = 1  # in the short form, which gives each field some of the texts in turn
REFUSED = {400, 409, 412, 422}


def normal(text: str) -> str:
    """Return a text as Django's forms clean it: trimmed, with plain line breaks."""
    return text.replace("\r\n", "\n").strip()


def outcome(form: Form, scene: Scene, field: str, text: str, answer: Any) -> str:
    if answer.status_code != 302:
        assert answer.status_code in REFUSED, answer.status_code
        page = unescape(answer.text).replace("\r\n", "\n")
        # What was entered stays, but for the null character, which no page can show.
        assert normal(text.replace("\0", "")) in page.replace("\0", "").replace("\ufffd", "")
        assert "<script>alert" not in answer.text
        return "refused"
    stored = form.stored(scene, field)
    if isinstance(stored, str):
        assert normal(stored) == normal(text)
    else:
        # An empty text, or a number in another way of writing.
        assert stored is None or float(stored) in {float(text.replace(",", ".")), 0.0}
    return "stored"


@pytest.mark.usefixtures("_static_files")
@pytest.mark.parametrize(("name", "field"), CASES)
def test_hostile_text_is_refused_or_stored_unchanged(name: str, field: str) -> None:
    form = FORMS[name]
    first = CASES.index((name, field)) * TEXTS_OF_A_FIELD
    some = tuple(islice(cycle(TEXTS), first, first + TEXTS_OF_A_FIELD))
    for attack in choose(some, tuple(TEXTS)):
        scene, text = new_scene(draft=form.draft), TEXTS[attack]
        began = time.perf_counter()
        answer = form.send(scene, **{field: text})
        record(
            "hostile",
            case=f"{name}: {field}",
            condition=attack,
            outcome=outcome(form, scene, field, text, answer),
            seconds=time.perf_counter() - began,
        )
        # Whatever is stored now, all pages show it, and show it as text.
        for client, path in (
            (scene.merchant, scene.own),
            (scene.merchant, "/account/"),
            (scene.officer, scene.review),
            (scene.officer, f"{scene.review}case-file/"),
            (scene.officer, f"/city-hall/{scene.city.slug}/reply-templates/"),
        ):
            page = client.get(path)
            assert page.status_code in {200, 302, 404}
            assert "<script>alert" not in page.text
            assert escape(text) in page.text or text not in page.text
