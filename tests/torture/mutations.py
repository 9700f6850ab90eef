"""What is broken on purpose, and the test that must see it. A text that is not there exactly once fails loudly."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Edit:
    """In this file, this text becomes that one."""

    file: str
    old: str
    new: str

    def applied(self, text: str) -> str:
        if (found := text.count(self.old)) != 1:
            raise LookupError(f"{self.file} has this {found} times, not once; bring the mutation along:\n{self.old}")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Mutation:
    """One thing that is wrong, and the test that turns red."""

    name: str
    edits: tuple[Edit, ...]
    test: str


def _mutation(name: str, test: str, file: str, old: str, new: str = "") -> Mutation:
    return Mutation(name, (Edit(file, old, new),), test)


def _torture(test: str) -> str:
    return f"tests/torture/test_torture.py::{test}"


_OVERPAYMENT: Final = _torture("test_no_record_is_overpaid_however_many_pay_it")
_KEYS: Final = _torture("test_a_key_makes_one_payment_however_often_and_with_whatever_it_is_sent")
_ENDINGS: Final = _torture("test_a_payment_ends_once_however_many_end_it")
_DEADLOCKS: Final = _torture("test_nobody_sees_a_deadlock")
_KILLS: Final = _torture("test_kills_lose_nothing_that_was_acknowledged_and_do_nothing_twice")
_FAULTS: Final = _torture("test_a_failing_database_call_leaves_all_or_nothing")
_CONSTRAINT: Final = "tests/db/test_constraints.py::test_a_row_that_violates_a_constraint_is_refused_by_its_name -k "

_USERS: Final = "tests/web/test_identity.py::"

_SCHEMA_1: Final = "billing/db/migrations/versions/0001_billing.py"
_SCHEMA_3: Final = "billing/db/migrations/versions/0003_ledger.py"
_SCHEMA_4: Final = "billing/db/migrations/versions/0004_audit.py"
_CHANGES: Final = "billing/services/changes.py"
_RECORDS: Final = "billing/db/billing_records.py"
_PAYMENTS: Final = "billing/db/payments.py"

_KEY_FIRST: Final = (
    Edit(
        _CHANGES,
        """    async with database.transaction(act.viewer) as tx:
        if key is not None:
            return await _once(tx, act, change, arguments, key)
""",
        """    if key is not None:
        async with database.transaction(act.viewer) as own:
            scope = {"user_id": act.viewer.user_id, "operation": act.operation, "key": _checked(key.key)}
            claimed = await _claim(own, key, scope)
        async with database.transaction(act.viewer) as tx:
            return await _once(claimed, tx, act, change, arguments, key)
    async with database.transaction(act.viewer) as tx:
""",
    ),
    Edit(
        _CHANGES,
        "async def _once(\n    tx: Transaction, act: Act,",
        "async def _once(\n    claimed: bool, tx: Transaction, act: Act,",
    ),
    Edit(_CHANGES, "    if await _claim(tx, key, scope):\n", "    if claimed:\n"),
)
_AUDIT_LATE: Final = (
    Edit(
        _CHANGES,
        """        await audit_events.add_change(tx, act)
        return Outcome(changed)
""",
        """    async with database.transaction(act.viewer) as late:
        late.changes.extend(tx.changes)
        await audit_events.add_change(late, act)
    return Outcome(changed)
""",
    ),
)
_NOT_DURABLE: Final = (
    Edit(
        "billing/db/database.py",
        '                "jit": "off",\n',
        '                "jit": "off",\n                "synchronous_commit": "off",\n',
    ),
    # Otherwise the service does not start.
    Edit(
        "billing/db/server_settings.py",
        '"synchronous_commit": ("on", "local",',
        '"synchronous_commit": ("on", "off", "local",',
    ),
)

MUTATIONS = (
    # Locks.
    _mutation(
        "records are not locked",
        _OVERPAYMENT,
        _RECORDS,
        """        .order_by(billing_records.c.id)
        .with_for_update()
""",
        """        .order_by(billing_records.c.id)
""",
    ),
    _mutation(
        "payments are not locked",
        _ENDINGS,
        _PAYMENTS,
        """        .order_by(payment_records.c.id)
        .with_for_update()
""",
        """        .order_by(payment_records.c.id)
""",
    ),
    _mutation(
        "a change that must give way is not run again",
        _DEADLOCKS,
        _CHANGES,
        "        except Contended:\n",
        "        except ZeroDivisionError:\n",
    ),
    # Keys.
    Mutation("a key is committed before the change that it stands for", _KEY_FIRST, _FAULTS),
    Mutation("a key outlives a refusal", _KEY_FIRST, _KEYS),
    _mutation(
        "a used key is not asked for its input",
        _KEYS,
        _CHANGES,
        "    if known.input_hash != key.input_hash:\n",
        "    if known.input_hash == b'':\n",
    ),
    # Money.
    _mutation(
        "a record may be paid above its total",
        _CONSTRAINT + "never_paid_above_total",
        _SCHEMA_1,
        "CONSTRAINT never_paid_above_total CHECK (credited_amount + confirmed_amount + pending_amount <= total)",
        "CONSTRAINT never_paid_above_total CHECK (true)",
    ),
    _mutation(
        "what can still be paid forgets what is pending",
        _OVERPAYMENT,
        "billing/services/payments.py",
        "        payable = record.outstanding - record.pending_amount\n",
        "        payable = record.outstanding\n",
    ),
    # The audit trail.
    Mutation("the audit row comes after the commit", _AUDIT_LATE, _FAULTS),
    _mutation(
        "a refusal leaves no audit row",
        _OVERPAYMENT,
        _CHANGES,
        """    except Forbidden:
        await audit_refusal(database, act, ErrorCode.FORBIDDEN)
        raise
""",
        """    except Forbidden:
        raise
""",
    ),
    # Who is asking.
    _mutation(
        "a change of users is told to nobody",
        _USERS + "test_a_change_in_another_process_is_heard_of",
        "billing/db/migrations/versions/0006_users_notify.py",
        "        NOTIFY users_changed;\n",
    ),
    _mutation(
        "who made a change of users goes on as before",
        _USERS + "test_a_change_through_the_graph_holds_with_the_next_request",
        "billing/db/database.py",
        "                self.viewers.forget()\n",
        "                pass\n",
    ),
    _mutation(
        "users are remembered after the connection that listens is lost",
        _USERS + "test_when_the_listening_connection_is_cut_nothing_is_remembered",
        "billing/db/viewers.py",
        "        self.hearing.clear()\n        self.forget()\n",
        "        pass\n",
    ),
    # Durability.
    Mutation("commits are not waited for", _NOT_DURABLE, _KILLS),
    # Failures.
    _mutation(
        "a lost connection is not told as such by the fields that come after",
        _FAULTS,
        "billing/db/failures.py",
        "(PoolTimeout, InterfaceError, PendingRollbackError, OSError)",
        "(PoolTimeout, InterfaceError, OSError)",
    ),
    _mutation(
        "a connection that is lost at the end of a snapshot fails what was answered",
        _FAULTS,
        "billing/db/snapshot.py",
        "                with suppress(Unavailable), typed_failures():\n",
        "                with typed_failures():\n",
    ),
)
