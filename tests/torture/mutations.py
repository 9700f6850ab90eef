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


_MISSING = "tests/graph/test_snapshot.py::test_an_object_that_is_missing_within_another_is_told_of"


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

_DOOR: Final = "tests/web/test_connections.py::test_"
_BAD_HTTP: Final = _DOOR + "bad_http_gets_one_typed_answer_and_nothing_behind_it_runs"
_GONE: Final = "tests/web/test_clients_gone.py::test_"
_READY: Final = "tests/web/test_health.py::test_"
_ROAD: Final = "billing/db/connections.py"
_POOL: Final = "tests/db/test_connections.py::test_"
_USERS: Final = "tests/web/test_identity.py::"
_TEMPLATES: Final = "tests/db/test_templates.py::test_"
_DIFFER: Final = "tests/engine/differ/test_differ.py::test_"
_SPEC: Final = "tests/engine/spec/"

_SCHEMA_1: Final = "billing/db/migrations/versions/0001_billing.py"
_SCHEMA_3: Final = "billing/db/migrations/versions/0003_ledger.py"
_SCHEMA_4: Final = "billing/db/migrations/versions/0004_audit.py"
_CHANGES: Final = "billing/services/changes.py"
_RECORDS: Final = "billing/db/billing_records.py"
_PAYMENTS: Final = "billing/db/payments.py"
_CONNECTIONS: Final = "billing/web/connections.py"
_CHECKS: Final = "billing/web/bad_http.py"
_HEALTH: Final = "billing/web/health.py"

_BODIES: Final = "billing/web/bodies.py"
_DOCUMENTS: Final = "billing/engine/documents.py"
_MEASURES: Final = "billing/engine/measures.py"
_ALIASES: Final = "measure.aliases += node.alias is not None or key in seen\n"
_CSRF: Final = "tests/web/test_csrf.py"
_LEAKS: Final = "tests/web/test_leaks.py"
_INJECTION: Final = "tests/graph/test_injection.py"


def _group(number: str) -> str:
    return f"tests/web/test_bad_documents.py::test_a_hostile_document_is_refused[{number}]"


_KEY_FIRST: Final = (
    Edit(
        _CHANGES,
        """        async with database.transaction(viewer, claim=claim, first=first, then=then) as tx:
            return await _once(tx, call, key, scope)
""",
        """        async with database.transaction(viewer, claim=claim) as own:
            opened = own.opened
        async with database.transaction(viewer, first=lambda _: first(opened), then=then) as tx:
            return await _once(opened, tx, call, key, scope)
""",
    ),
    Edit(
        _CHANGES,
        "async def _once(tx: Transaction,",
        "async def _once(opened: str, tx: Transaction,",
    ),
    Edit(_CHANGES, "    if tx.opened == CLAIMED:\n", "    if opened == CLAIMED:\n"),
)
_AUDIT_LATE: Final = (
    Edit(
        _CHANGES,
        """            return await call.run(tx)
    scope:""",
        """            changed = await call.change(tx, viewer, **call.arguments)
        async with database.transaction(viewer) as late:
            late.changes.extend(tx.changes)
            await audit_events.add_change(late, call.act)
        return Outcome(changed)
    scope:""",
    ),
)
_NOT_DURABLE: Final = (
    Edit(
        "billing/db/connections.py",
        '            "jit": "off",\n',
        '            "jit": "off",\n            "synchronous_commit": "off",\n',
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
    _mutation(
        "a replay takes the locks of the change",
        "tests/graph/test_parallel_sends.py::test_a_replay_waits_for_nobody_who_holds_the_record",
        _CHANGES,
        "return call.first() if opened == CLAIMED else idempotency_keys.find(**scope)",
        "return call.first()",
    ),
    _mutation(
        "another question gets the answer of the first",
        "tests/db/test_moments.py::test_another_question_is_asked_itself",
        "billing/db/transaction.py",
        "            if asked == statement:\n",
        "            if True:\n",
    ),
    _mutation(
        "what was asked ahead is answered after a write",
        "tests/db/test_moments.py::test_what_was_written_since_is_seen",
        "billing/db/transaction.py",
        "if self._ahead and not self._kept:",
        "if self._ahead:",
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
        "what the driver says of a lost connection is a failure of ours",
        _POOL + "whatever_is_said_of_a_lost_connection_the_database_is_away",
        _ROAD,
        "if isinstance(error, Exception) and self.driver.is_closed():",
        "if False:",
    ),
    _mutation(
        "a connection that was lost after an answer is used for the next",
        "tests/graph/test_snapshot.py::test_a_connection_that_is_lost_after_the_answer_fails_nothing",
        _ROAD,
        "        while self._idle and not self._idle[-1].is_clear:\n",
        "        while False:\n",
    ),
    # The road to the database.
    _mutation(
        "pool: a connection in a transaction is lent again",
        _POOL + "nobody_gets_a_connection_that_is_in_a_transaction",
        _ROAD,
        "if connection.is_clear and not connection.driver.is_in_transaction():",
        "if connection.is_clear:",
    ),
    _mutation(
        "pool: a connection whose call was given up is lent again",
        _POOL + "what_was_given_up_in_mid_query_is_closed",
        _ROAD,
        "                self._clear = False\n",
        "                pass\n",
    ),
    _mutation(
        "pool: what was lost while it was waited for is lent",
        _POOL + "whoever_waits_is_not_lent_what_is_lost_meanwhile",
        _ROAD,
        "if (connection := self._idle.pop()).is_clear:",
        "if connection := self._idle.pop():",
    ),
    _mutation(
        "pool: an end that hangs is waited for",
        _POOL + "an_end_that_the_server_does_not_answer_is_not_waited_for",
        _ROAD,
        "            async with asyncio.timeout(_CLOSE_SECONDS_MAX):\n                await self.end(",
        "            async with asyncio.timeout(None):\n                await self.end(",
    ),
    _mutation(
        "a commit that the server answered with a rollback is told as done",
        _POOL + "a_transaction_that_the_server_has_given_up_is_not_said_to_be_committed",
        _ROAD,
        'if await self.end(connection, "COMMIT") != "COMMIT":',
        'if not await self.end(connection, "COMMIT"):',
    ),
    _mutation(
        "a transaction that the server gave up is followed by the next",
        _POOL + "a_transaction_that_the_server_has_given_up_is_followed_by_no_other",
        _ROAD,
        'f"SELECT; COMMIT; {opening}"',
        'f"COMMIT; {opening}"',
    ),
    _mutation(
        "pool: an opening that fails costs a connection",
        _POOL + "an_opening_that_fails_costs_no_connection",
        _ROAD,
        '            await self.leave(connection, "ROLLBACK")\n            if isinstance(error, asyncpg.Lock',
        "            await self.give_back(connection)\n            if isinstance(error, asyncpg.Lock",
    ),
    _mutation(
        "a failure quotes the row",
        _POOL + "a_failure_does_not_quote_the_row",
        _ROAD,
        "                error.detail = None",
        "                pass",
    ),
    _mutation(
        "an identity outlives its transaction",
        "tests/db/test_identities.py::test_no_request_inherits_the_identity_of_another",
        "billing/db/identity.py",
        "{value}, true)",
        "{value}, false)",
    ),
    # Connections.
    _mutation(
        "connection: a header may be long",
        _BAD_HTTP,
        _CONNECTIONS,
        "length > self.line_max or self._told",
        "self._told",
    ),
    _mutation("connection: headers may be many", _BAD_HTTP, _CONNECTIONS, " or self._told_lines > self.lines_max"),
    _mutation(
        "connection: headers may be long together", _BAD_HTTP, _CONNECTIONS, " or self._told_bytes > self.head_max"
    ),
    _mutation(
        "connection: an address may be long", _BAD_HTTP, _CONNECTIONS, "if len(self.url) > self.line_max", "if False"
    ),
    _mutation(
        "connection: a line may never end",
        _DOOR + "a_line_that_never_ends_is_refused_once_it_is_too_long",
        _CONNECTIONS,
        "if self._read_bytes - self._told_bytes > self.line_max",
        "if False",
    ),
    _mutation(
        "connection: chunks count as a line",
        _DOOR + "a_body_in_many_small_chunks_is_no_line_without_an_end",
        _CONNECTIONS,
        "        self._read_bytes = self._told_bytes = 0\n        super().on_body(body)",
        "        super().on_body(body)",
    ),
    _mutation(
        "connection: trailers become headers",
        _DOOR + "trailers_change_no_request",
        _CONNECTIONS,
        "if self._reading is _HEAD:  #",
        "if True:  #",
    ),
    _mutation(
        "connection: any transfer encoding is taken",
        _BAD_HTTP,
        _CHECKS,
        """(value.lower() != b"chunked" or version == "1.0")""",
        "False",
    ),
    _mutation("connection: any host is taken", _BAD_HTTP, _CHECKS, "if hosts > 1 or", "if False and"),
    _mutation(
        "connection: any version is taken", _BAD_HTTP, _CHECKS, """if version not in ("1.1", "1.0")""", "if False"
    ),
    _mutation(
        "connection: an upgrade loses its body",
        _DOOR + "a_request_that_asks_for_another_protocol_is_answered_in_this_one",
        _CONNECTIONS,
        "if self.parser.should_upgrade() and not self._should_upgrade():",
        "if False:",
    ),
    _mutation(
        "connection: any number of requests waits",
        _DOOR + "many_requests_at_once_are_not_all_taken_in",
        _CONNECTIONS,
        "if len(self.pipeline) >= _PIPELINED_MAX:",
        "if False:",
    ),
    _mutation(
        "connection: bad HTTP ends the requests before it",
        _DOOR + "requests_before_bad_http_are_answered_and_nothing_behind_them",
        _CONNECTIONS,
        "elif self._reading is not _BODY and self._running is not None:",
        "elif False:",
    ),
    _mutation(
        "connection: a silent one is kept",
        _DOOR + "a_connection_that_says_nothing_is_closed",
        _CONNECTIONS,
        "        else:\n            self._arriving.set(self.bounds.header_timeout_seconds)\n",
    ),
    _mutation(
        "connection: headers may take their time",
        _DOOR + "headers_that_do_not_come_are_not_waited_for",
        _CONNECTIONS,
        "self._is_timed = self.cycle is None  #",
        "self._is_timed = True  #",
    ),
    _mutation(
        "connection: each header wins time",
        _DOOR + "dripping_headers_win_no_time",
        _CONNECTIONS,
        "        length = len(name) + len(value)\n",
        "        length = len(name) + len(value)\n        self._arriving.set(self.bounds.header_timeout_seconds)\n",
    ),
    _mutation(
        "connection: a body may take its time",
        _DOOR + "a_body_that_does_not_come_is_not_waited_for",
        _CONNECTIONS,
        "        self._is_timed = False\n",
        "",
    ),
    _mutation(
        "connection: a request goes on when its body does not come",
        _DOOR + "a_body_that_does_not_come_is_not_waited_for",
        _CONNECTIONS,
        "            self._give_up()\n            self._answer_last(refused, correlation_id)",
        "            self._answer_last(refused, correlation_id)",
    ),
    _mutation(
        "connection: a second answer to one request",
        _DOOR + "a_body_that_does_not_come_after_the_answer_gets_no_second_one",
        _CONNECTIONS,
        "elif self._reading is _BODY and self.cycle.response_started:",
        "elif False:",
    ),
    _mutation(
        "connection: an idle one is kept",
        _DOOR + "a_connection_that_says_nothing_more_is_closed",
        _CONNECTIONS,
        "        self._arriving.set(self.bounds.keep_alive_timeout_seconds)\n",
        "        pass\n",
    ),
    _mutation(
        "connection: one that was answered early is kept",
        _DOOR + "a_body_that_comes_after_the_answer_is_thrown_away",
        _CONNECTIONS,
        "if self._running is None:  # It was",
        "if False:  # It was",
    ),
    _mutation(
        "connection: one whose body was not wanted is read no more",
        _DOOR + "a_long_body_that_came_before_the_answer_does_not_stop_the_connection",
        _CONNECTIONS,
        "            self.flow.resume_reading()\n            if self._reading is _NOTHING:\n",
        "            if self._reading is _NOTHING:\n",
    ),
    _mutation(
        "connection: nobody has to take an answer that goes on",
        _DOOR + "an_answer_that_goes_on_ends_when_nobody_takes_it",
        _CONNECTIONS,
        "        super().pause_writing()\n        self._leaving.set(self.bounds.write_timeout_seconds)\n",
        "        super().pause_writing()\n",
    ),
    _mutation(
        "connection: nobody has to take an answer",
        _DOOR + "an_answer_that_nobody_takes_is_not_kept",
        _CONNECTIONS,
        "            self.transport.abort()\n\n    def _refuse",
        "            pass\n\n    def _refuse",
    ),
    _mutation(
        "connection: a long request is a slow client",
        _DOOR + "a_request_that_takes_long_is_no_slow_client",
        _CONNECTIONS,
        "            self._arriving.unset()\n\n    # A request runs.",
        "            pass\n\n    # A request runs.",
    ),
    Mutation(
        "connection: a request outlives its client",
        (Edit(_CONNECTIONS, "            self._task.cancel()\n", "            pass\n"),),
        _DOOR + "a_request_ends_with_its_client",
    ),
    Mutation(
        "connection: a change outlives its client",
        (Edit(_CONNECTIONS, "            self._task.cancel()\n", "            pass\n"),),
        _GONE + "a_change_that_waits_is_given_up_with_its_client",
    ),
    _mutation(
        "connection: a failure says so in plain text",
        _DOOR + "what_fails_is_answered_typed_and_closed",
        _CONNECTIONS,
        "            await self._fail(cycle, 500, BillingError(answers.INTERNAL), correlation_id)\n",
        "            self.transport.close()\n",
    ),
    _mutation(
        "connection: any number is taken in",
        _DOOR + "connections_above_the_most_are_closed_at_once_and_taken_again_when_there_is_room",
        _CONNECTIONS,
        "len(self.connections) > self.bounds.connections_max",
        "False",
    ),
    # Health.
    Mutation(
        "ready: a probe that hangs is waited for",
        (
            Edit(_HEALTH, "{probe}, timeout=_PROBE_SECONDS", "{probe}"),
            Edit(_HEALTH, "asyncio.timeout(_PROBE_SECONDS)", "asyncio.timeout(None)"),
        ),
        _READY + "without_its_database_it_lives_and_is_not_ready_until_the_database_is_back",
    ),
    _mutation(
        "ready: each who asks has the database asked",
        _READY + "however_many_ask_at_once_the_database_is_asked_once",
        _HEALTH,
        "if self._probe is None or self._probe.done():",
        "if True:",
    ),
    _mutation(
        "ready: one pool is enough",
        _READY + "a_pool_that_is_used_up_is_not_ready",
        "billing/db/database.py",
        "for pool in (self.service, self.scoped):",
        "for pool in (self.service,):",
    ),
    _mutation(
        "ready: also when it stops",
        _READY + "it_is_not_ready_once_it_is_told_to_stop",
        "billing/cli/serving.py",
        "self._health.stopping = True",
        "pass",
    ),
    # The door.
    _mutation(
        "a body of any type is read",
        f"{_CSRF}::test_what_a_page_can_send_unasked_is_not_executed",
        _BODIES,
        "kind.strip() == _JSON and ",
    ),
    _mutation(
        "a compressed body is taken",
        "tests/web/test_bad_requests.py::test_a_compressed_body_is_415",
        _BODIES,
        '!= "identity":',
        '== "never":',
    ),
    _mutation(
        "an address may ask for a change",
        f"{_CSRF}::test_a_change_is_not_made_by_its_hash_in_an_address",
        "billing/web/graphql.py",
        "_READING: Final = frozenset({OperationType.QUERY})",
        "_READING: Final = frozenset({OperationType.QUERY, OperationType.MUTATION})",
    ),
    _mutation(
        "a token in the address is taken",
        f"{_CSRF}::test_identity_is_in_the_header_alone",
        "billing/web/identity.py",
        'request.lines(b"authorization")',
        'request.lines(b"authorization") or request.query_params.getlist("authorization")',
    ),
    _mutation(
        "a media type that nobody accepts is sent",
        "tests/web/test_media_types.py",
        "billing/web/media_types.py",
        "    if max(json, graphql) <= 0:\n        return None\n",
    ),
    _mutation("names are suggested", _group("B12"), _DOCUMENTS, "hide_suggestions=True", "hide_suggestions=False"),
    _mutation(
        "a document of any length is read", _group("B17"), _DOCUMENTS, "if len(text) > bounds.characters:", "if False:"
    ),
    _mutation(
        "a document has as many errors as there are",
        _group("B25"),
        _DOCUMENTS,
        "max_errors=errors_max",
        "max_errors=None",
    ),
    _mutation("aliases are not counted", _group("B16"), _MEASURES, _ALIASES, "measure.aliases += 0\n"),
    _mutation(
        "aliases are not counted where it is served",
        _torture("test_hostile_documents_are_refused_and_nobody_else_notices"),
        _MEASURES,
        _ALIASES,
        "measure.aliases += 0\n",
    ),
    _mutation(
        "anybody may ask what the schema is",
        "tests/web/test_bad_documents.py::test_introspection_without_the_right_is_refused",
        "billing/web/executor.py",
        "if operation.measure.introspection and not self.guard.introspection_for_all:",
        "if False:",
    ),
    _mutation(
        "a cursor of another order is taken",
        "tests/web/test_bad_documents.py::test_a_forged_cursor_is_bad_input",
        "billing/db/lists.py",
        "if name != order.name or not",
        "if not",
    ),
    _mutation(
        "a version of true is a version 1",
        "tests/web/test_bad_documents.py::test_a_persisted_query_that_is_none_is_bad_input",
        "billing/web/persisted.py",
        " or isinstance(version, bool)",
    ),
    _mutation(
        "new documents are read all at once",
        "tests/engine/test_measures.py::test_between_new_documents_others_go_on",
        _DOCUMENTS,
        "            await asyncio.sleep(0)\n",
    ),
    _mutation(
        "a prefix is a pattern",
        f"{_INJECTION}::test_a_filter_finds_what_a_literal_search_finds",
        "billing/db/lists.py",
        "    first, following = prefix_range(prefix)\n",
        '    return column.like(prefix + "%")\n    first, following = prefix_range(prefix)\n',
    ),
    _mutation(
        "a name is written into the statement",
        f"{_INJECTION}::test_a_name_finds_what_bears_it",
        "billing/db/lists.py",
        "else column == text\n",
        "else column == literal_column(f\"'{text}'\")\n",
    ),
    _mutation(
        "what went wrong inside is told",
        f"{_LEAKS}::test_a_mistake_of_ours_is_masked_and_in_the_log_by_its_id",
        "billing/web/answers.py",
        '        formatted["message"] = INTERNAL\n',
    ),
    _mutation(
        "the log does not know the id",
        f"{_LEAKS}::test_a_mistake_of_ours_is_masked_and_in_the_log_by_its_id",
        "billing/web/answers.py",
        '_log.error("operation failed", correlation_id=correlation_id,',
        '_log.error("operation failed", correlation_id="",',
    ),
    _mutation(
        "two ids of a list are taken for one",
        f"{_TEMPLATES}a_page_and_a_count",
        "billing/db/lists.py",
        "mark = self._ids[id] = marks.IDS[len(self._ids)]",
        "mark = self._ids[id] = marks.IDS[0]",
    ),
    _mutation(
        "the division of whoever asked first stays in the statement",
        f"{_TEMPLATES}two_viewers_share_a_template_and_nothing_else",
        "billing/db/loaders.py",
        "places: dict[Any, Any] = {_DIVISION_ID: _DIVISION}",
        "places: dict[Any, Any] = {}",
    ),
    _mutation(
        "a statement that is all is for whoever asked before",
        "tests/db/test_identities.py::test_no_request_inherits_the_identity_of_another",
        "billing/db/identity.py",
        "told = f\"{_set('billing.division_id', division_id)}, {_set(",
        "told = f\"{_set('billing.user_id', division_id)}, {_set(",
    ),
    _mutation(
        "what is read beside a statement that is all is read of another moment",
        "tests/db/test_identities.py::test_what_is_read_beside_the_statement_that_was_to_be_all_is_read_anew",
        "billing/db/snapshot.py",
        "            raise SecondStatement",
        "            pass",
    ),
    _mutation(
        "a page that is counted is taken for all that is read",
        "tests/graph/test_statements.py",
        "billing/engine/plans.py",
        "if each.constant is None and (each.attribute is None or not each.leads_only_to(executor, behind)):",
        "if each.constant is None and not each.leads_only_to(executor, behind):",
    ),
    _mutation(
        "whoever has not asked again is read for ever",
        "tests/db/test_viewers.py::test_those_who_asked_longest_ago_are_read_together",
        "billing/db/viewers.py",
        "if known.asked and each != name",
        "if each != name",
    ),
    _mutation(
        "numbers keep the zeros at their end",
        f"{_DIFFER}everything_within_three_hops_is_answered_alike",
        "billing/db/columns.py",
        "cast(func.trim_scale(column) if form == QUOTED_SHORTEST else column, Text)",
        "cast(column, Text)",
    ),
    _mutation(
        "a column that a resolver reads is left out",
        "tests/graph/test_statements.py::test_a_shape_takes_its_statements_however_many_rows_there_are",
        "billing/engine/plans.py",
        "                name, form = each.attribute, each.form\n            else:\n                return None\n",
        "                name, form = each.attribute, each.form\n            else:\n                continue\n",
    ),
    _mutation(
        "what is answered anew stays as it was loaded",
        "tests/house/test_explain_command.py::test_what_graphql_core_answers_anew_is_told_apart",
        "billing/schema/context.py",
        "        self.read.forget()\n",
    ),
    _mutation(
        "a guard that refuses is passed",
        f"{_DIFFER}a_query_is_answered_alike",
        "billing/engine/levels.py",
        "passes = all(guard.passes_all(self._context) for guard in each.guards)",
        "passes = True",
    ),
    _mutation(
        "a null is taken for a value",
        f"{_SPEC}test_variables.py::test_a_variable_arrives_as_it_was_meant",
        "billing/engine/arguments.py",
        "tuple([coerced[name] is None if name in coerced else None for name in self._names])",
        "tuple([name in coerced for name in self._names])",
    ),
    _mutation(
        "what a mutation answers is asked again",
        f"{_SPEC}test_mutations.py",
        "billing/engine/execution.py",
        "if operation.type is OperationType.MUTATION:",
        "if False:",
    ),
    _mutation(
        "a field that is given up takes the connection with it",
        "tests/graph/test_snapshot.py::test_a_field_that_is_given_up_leaves_the_others_their_connection",
        "billing/db/snapshot.py",
        "        if self._reads is _AS_ONE:\n",
        "        if self._reads is not _ONCE:\n",
    ),
    _mutation(
        "what is missing within a text is written as null",
        _MISSING,
        "billing/db/loaders.py",
        'case((func.count() == _NONE, constant("null")))) if nullable else json',
        'case((func.count() == _NONE, constant("null"))))',
    ),
    _mutation(
        "no text is put into the answer as one",
        _MISSING,
        "billing/engine/builders.py",
        " or nothing()}}",
        "}}",
    ),
    _mutation(
        "a transaction that only read goes on in the next",
        f"{_POOL}a_transaction_that_only_read_ends_where_the_next_begins",
        _ROAD,
        'f"COMMIT; {opening}" if rested else opening',
        "opening",
    ),
    _mutation(
        "a transaction that only read is never ended",
        f"{_POOL}a_transaction_that_only_read_ends_in_a_moment",
        _ROAD,
        "                await self._end_rest(connection)\n",
        "                pass\n",
    ),
)
