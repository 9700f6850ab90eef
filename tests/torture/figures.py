"""How much of each load there is: a little in `make check`, all that PROMISES asks for in `make torture`."""

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
    hostile_sends: int
    """Of each hostile document, one after another."""
    hostile_clients: int
    hostile_requests: int
    hostile_reads: int
    measured: bool
    """Whether times and memory are asked for, or told only."""
    faults_per_call: int | None
    """Kinds of fault at each database call, taken in turn; None is all of them."""
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
    hostile_sends=1,
    hostile_clients=8,
    hostile_requests=300,
    hostile_reads=10,
    measured=False,
    faults_per_call=1,
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
    hostile_sends=7,
    hostile_clients=64,
    hostile_requests=10_000,
    hostile_reads=100,
    measured=True,
    faults_per_call=None,
    book_checks=10_000,
    book_check_seconds=0.1,
)

STORM_RECORDS = 50
SENDS_PER_KEY = 8
SENDS_PER_ENDING = 32
"""Confirmations of one payment at once, and as many cancellations."""
