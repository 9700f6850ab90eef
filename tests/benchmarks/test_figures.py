"""What the benchmarks work out from what they measured."""

from xml.etree.ElementTree import fromstring

import pytest

from benchmarks.agreement import differences
from benchmarks.cores import Cores
from benchmarks.flame import drawn, folded, shares
from benchmarks.operations import one_of_many
from benchmarks.processes import Stat, parse_memory, parse_stat
from benchmarks.quantiles import Line, Spread, quantile

# A program's name may look like the fields behind it.
_STAT = "71 (a ) R 9 (b) S 70 71 71 0 -1 4194304 900 800 0 0 1250 50 300 25 20 0 4 0 99 1000 200"


def test_processor_time_is_read_behind_the_last_bracket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.processes._TICKS_PER_SECOND", 100)

    assert parse_stat(_STAT) == Stat(parent=70, own_seconds=13.0, ended_seconds=3.25)


def test_memory_is_read_in_bytes() -> None:
    read = parse_memory("Name:\tpython\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nThreads:\t4\n")

    assert read == {"VmHWM": 2_097_152, "VmRSS": 1_048_576}


@pytest.mark.parametrize(("share", "expected"), [(0.5, 3), (0.99, 5), (0.2, 1), (1.0, 5), (0.0, 1)])
def test_a_quantile_is_a_value_that_was_measured(share: float, expected: float) -> None:
    assert quantile([5, 1, 4, 2, 3], share) == expected


def test_the_spread_is_half_of_the_range_beside_the_median() -> None:
    assert Spread.of([90, 100, 130]) == Spread(median=100, noise=0.2)
    assert Spread.of([0, 0, 0]) == Spread(median=0, noise=0)


def test_points_on_a_line_lie_on_it_and_others_do_not() -> None:
    straight = Line.through([1, 2, 4], [15, 20, 30])
    bent = Line.through([1, 2, 3], [1, 4, 9])

    assert (straight.slope, straight.intercept, straight.fit) == pytest.approx((5, 10, 1))
    assert bent.fit == pytest.approx(1 - (2 / 3) / 32.6666667)


@pytest.mark.parametrize(
    ("cores", "server", "postgresql", "load"),
    [([4], [4], [4], [4]), ([2, 3], [2], [3], [3]), ([0, 1, 2, 3], [0], [1], [2])],
)
def test_the_server_and_postgresql_have_a_core_each_where_there_are_two(
    cores: list[int], server: list[int], postgresql: list[int], load: list[int]
) -> None:
    shared = Cores.shared_out(cores)

    assert (shared.server, shared.postgresql, shared.load) == (server, postgresql, load)


def test_every_difference_of_two_answers_is_told_with_its_place() -> None:
    one = {"record": {"total": "1.00", "lines": [{"name": "a"}, {"name": "b"}], "payments": [1]}}
    other = {"record": {"total": "1.0", "lines": [{"name": "a"}, {"name": "c"}], "payments": []}}

    assert list(differences(one, one)) == []
    assert list(differences(one, other)) == [
        "data.record.total: '1.00' and '1.0'",
        "data.record.lines[1].name: 'b' and 'c'",
        "data.record.payments: [1] and []",
    ]
    assert list(differences({"a": 1}, {"b": 1})) == ["data: {'a': 1} and {'b': 1}"]


def test_a_thousand_operations_are_all_different() -> None:
    documents = {one_of_many(number).document.partition("(")[2] for number in range(1000)}

    assert len(documents) == 1000


def test_a_flame_graph_shows_who_called_whom_and_whose_code_took_how_much() -> None:
    root = folded(
        [
            "run (asyncio/runners.py:1);answer (billing/web/graphql.py:2);rows (billing/db/snapshot.py:3) 60",
            "run (asyncio/runners.py:1);answer (billing/web/graphql.py:9);<listcomp> (billing/app.py:3) 20",
            "run (asyncio/runners.py:5);fetch (asyncpg/connection.py:3) 20",
            "bootstrap (threading.py:1) 900",
        ]
    )

    assert shares(root) == {"billing/db": 0.6, "billing": 0.2, "asyncpg": 0.2}
    image = fromstring(drawn(root, "byId"))  # noqa: S314 -- our own
    told = [each.text for each in image.iter("{http://www.w3.org/2000/svg}title")]
    assert told == [
        "run (asyncio/runners.py): 100.0%",
        "answer (billing/web/graphql.py): 80.0%",
        "<listcomp> (billing/app.py): 20.0%",
        "rows (billing/db/snapshot.py): 60.0%",
        "fetch (asyncpg/connection.py): 20.0%",
    ]
