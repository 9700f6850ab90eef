"""Changes of many things under one key: each item is checked by itself, and its faults are told as its own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from billing.domain.errors import ErrorCode, Fault, FieldPath, Item, Refused
from billing.domain.states import OnError


def refused_of(faults: Mapping[int, Sequence[Fault]], count: int) -> list[Item]:
    """The items as they are answered when none was changed."""
    return [Item(faults=tuple(faults.get(index, ()))) for index in range(count)]


def refuse_all_or_skip(faults: Mapping[int, Sequence[Fault]], count: int, on_error: OnError, list_name: str) -> None:
    """Raises Refused where one bad item refuses all, or where no good one is left.

    The faults of the whole name each item by its place in the list.
    """
    failed = {index: found for index, found in faults.items() if found}
    if not failed or (on_error is OnError.SKIP_FAILED and len(failed) < count):
        return
    located = [_in_list(fault, list_name, index) for index, found in sorted(failed.items()) for fault in found]
    raise Refused(located, refused_of(failed, count))


def forbidden(message: str) -> Fault:
    """One item that the viewer's role does not allow; a single change would be refused with the top-level FORBIDDEN."""
    return Fault(ErrorCode.FORBIDDEN, message)


def _in_list(fault: Fault, list_name: str, index: int) -> Fault:
    path: FieldPath = (list_name, index, *fault.field)
    return replace(fault, field=path)
