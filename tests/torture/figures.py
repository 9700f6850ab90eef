"""How much of each load there is: a little in `make check`, all that PROMISES asks for in `make torture`."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """The figures that are asked for; the table names them beside those that were seen."""

    storm_clients: int
    storm_seconds: float
    storm_reads: int
    kills: int
    """Of the service, and as many of PostgreSQL."""
    writers: int
    acknowledged: int
    keys: int
    endings: int
    """Payments that many want to end at once."""
    deadlock_clients: int
    deadlock_seconds: float
    foreign_tries: int
    """How often a foreign and a missing id are asked for in turn."""
    hostile_sends: int
    """Of each hostile document, one after another."""
    hostile_clients: int
    hostile_requests: int
    hostile_reads: int
    measured: bool
    """Whether times and memory are asked for, or told only."""
    faults_per_call: int | None
    """Kinds of fault at each database call, taken in turn; None is all of them."""
    slow_headers: int
    slow_bodies: int
    slow_readers: int
    slow_others: int
    """Requests of others that are timed without slow clients, before and after them."""
    slow_bounds: Mapping[str, str]
    """Settings of the service that is slowed down."""
    slow_seconds_max: float
    slow_factor_max: float | None
    """How much longer others may wait; a time, and so of make torture alone."""
    outages: int
    outage_seconds: float
    outage_requests_per_second: int
    book_checks: int
    book_check_seconds: float
    """The longest time between two checks of the books while a load runs."""


GATE = Figures(
    storm_clients=16,
    storm_seconds=10,
    storm_reads=1_000,
    kills=3,
    writers=8,
    acknowledged=400,
    keys=100,
    endings=20,
    deadlock_clients=32,
    deadlock_seconds=5,
    foreign_tries=20,
    hostile_sends=1,
    hostile_clients=8,
    hostile_requests=300,
    hostile_reads=10,
    measured=False,
    faults_per_call=1,
    slow_headers=20,
    slow_bodies=20,
    slow_readers=5,
    slow_others=50,
    slow_bounds={"HEADER_TIMEOUT_SECONDS": "1", "BODY_TIMEOUT_SECONDS": "1", "WRITE_TIMEOUT_SECONDS": "1"},
    slow_seconds_max=5,
    slow_factor_max=None,
    outages=1,
    outage_seconds=5,
    outage_requests_per_second=20,
    book_checks=200,
    book_check_seconds=0.25,
)
FULL = Figures(
    storm_clients=64,
    storm_seconds=60,
    storm_reads=1_000,
    kills=20,
    writers=32,
    acknowledged=20_000,
    keys=1_000,
    endings=200,
    deadlock_clients=32,
    deadlock_seconds=30,
    foreign_tries=200,
    hostile_sends=7,
    hostile_clients=64,
    hostile_requests=10_000,
    hostile_reads=100,
    measured=True,
    faults_per_call=None,
    slow_headers=200,
    slow_bodies=200,
    slow_readers=50,
    slow_others=1_000,
    slow_bounds={},
    slow_seconds_max=30,
    slow_factor_max=2,
    outages=2,
    outage_seconds=30,
    outage_requests_per_second=50,
    book_checks=10_000,
    book_check_seconds=0.1,
)

STORM_RECORDS = 50
SENDS_PER_KEY = 8
SENDS_PER_ENDING = 32
"""Confirmations of one payment at once, and as many cancellations."""
