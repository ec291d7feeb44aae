"""What holds of whatever stands in an address."""

from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from approvals.queue.filters import Assignee, QueueFilter
from markets.models import Category, Status

NAMES = st.sampled_from(["status", "category", "waiting", "desk", "search", "page"])
WORDS = st.sampled_from(
    [
        *Status.values,
        *Category.values,
        *Assignee.values,
        "all",
        "7",
        "0",
        "\N{ARABIC-INDIC DIGIT ONE}",
    ]
)


# A letter may fold to 18, and a search is cut at 80 before it is folded.
@given(st.dictionaries(NAMES, WORDS | st.text(max_size=4)))
def test_a_view_of_the_queue_is_its_address(asked: dict[str, str]) -> None:
    view = QueueFilter.of(asked)
    assert QueueFilter.of(view.params) == view
    assert QueueFilter.of(dict(parse_qsl(view.suffix.removeprefix("?")))) == view
