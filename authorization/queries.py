"""The read side of pages about id tokens."""

from dataclasses import dataclass

from authorization import list_entries
from authorization.models import LocalList

TROUBLED = (LocalList.State.FAILED, LocalList.State.UNSUPPORTED)
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class ListFigures:
    """How many stations keep a list of the id tokens, how many of these lists are up to date, and which ones are in trouble."""

    kept: int
    in_sync: int
    troubled: list[LocalList]


def list_figures() -> ListFigures:
    """The figures of the tenant. A list that is in sync with tokens that have changed since is not up to date."""
    rows = LocalList.objects.filter(is_wanted=True)
    kept = rows.count()
    if not kept:
        return ListFigures(0, 0, [])
    current = rows.filter(state=LocalList.State.IN_SYNC, source_hash=list_entries.source_hash())
    troubled = rows.filter(state__in=TROUBLED).select_related("station").defer("entries")
    return ListFigures(kept, current.count(), list(troubled[:MOST_NAMED]))
