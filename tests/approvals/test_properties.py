"""Properties of the queue's filter, for any query string."""

from urllib.parse import parse_qsl

from hypothesis import example, given
from hypothesis import strategies as st

from approvals.queue.filters import Assignee, QueueFilter
from markets.models import Category, Status

NAMES = st.sampled_from(["status", "category", "waiting", "assignee", "search", "page"])
VALUES = st.sampled_from(
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


# Short texts: one letter may fold to 18, and a search is cut at 80 before it is folded.
@example({"search": Status.SUBMITTED.value})
@given(st.dictionaries(NAMES, VALUES | st.text(max_size=4)))
def test_filter_round_trips_through_query_string(params: dict[str, str]) -> None:
    view = QueueFilter.of(params)
    assert QueueFilter.of(view.params) == view
    assert QueueFilter.of(dict(parse_qsl(view.suffix.removeprefix("?")))) == view
