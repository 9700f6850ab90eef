"""Every file in examples/ runs against the service with the demo in it, and prints what it promises."""

import asyncio
import fcntl
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from gql import Client as GqlClient
from gql.transport.httpx import HTTPXTransport
from graphql import OperationDefinitionNode, parse, validate

from billing.app import SCHEMA
from tests.examples.conftest import Service

EXAMPLES = Path(__file__).parents[2] / "examples"
TYPESCRIPT = EXAMPLES / "typescript"

Answers = dict[str, Any]


def nodes(answers: Answers, operation: str, field: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answers[operation][field]["nodes"]
    assert found, answers
    return found


def lines_add_up(record: dict[str, Any]) -> bool:
    return sum(Decimal(line["amount"]) for line in record["lineItems"]) == Decimal(record["total"])


def overdue_oldest_first(answers: Answers) -> bool:
    days = [record["dueDate"] for record in nodes(answers, "Overdue", "billingRecords")]
    return days == sorted(days) and days[-1] < "2026-11-22"


def charged_by_it(answers: Answers) -> bool:
    records = nodes(answers, "ChargedThisYear", "billingRecords")
    days = [record["issueDate"] for record in records]
    return days == sorted(days, reverse=True) and all(record["number"].startswith("IT-2026-") for record in records)


def draft_became_a_charge(answers: Answers) -> bool:
    saved, changed, issued = (
        answers[operation][field]["billingRecord"]
        for operation, field in (
            ("SaveDraft", "createBillingRecord"),
            ("ChangeDraft", "updateBillingRecord"),
            ("IssueDraft", "issueBillingRecord"),
        )
    )
    return (saved["status"], saved["total"], changed["total"], issued["status"], issued["total"]) == (
        "DRAFT",
        "288.00",
        "432.00",
        "PENDING",
        "432.00",
    )


def two_records_paid(answers: Answers) -> bool:
    payload = answers["PayTwoRecords"]["recordPayment"]
    pending = [record["pendingAmount"] for record in payload["billingRecords"]]
    return payload["payment"]["status"] == "PENDING" and pending == ["100.00", "50.00"]


def paid_after_it_was_issued(answers: Answers) -> bool:
    events = [[event["event"] for event in record["history"]] for record in nodes(answers, "History", "billingRecords")]
    return all(
        kinds[:2] == ["CREATED", "ISSUED"] and "PAYMENT_RECORDED" in kinds and "PAYMENT_CONFIRMED" in kinds
        for kinds in events
    )


def replaced(answers: Answers) -> bool:
    void = answers["Void"]["voidBillingRecord"]["billingRecord"]
    record = answers["Replace"]["createBillingRecord"]["billingRecord"]
    return (record["replaces"], record["total"]) == ({"number": void["number"], "status": "VOID"}, "144.00")


DOCUMENTS: dict[str, Callable[[Answers], bool]] = {
    "audit": lambda a: {event["kind"] for event in nodes(a, "Audit", "auditEvents")} <= {"CHANGE", "REFUSAL"},
    "catalog": lambda a: {item["sku"] for item in nodes(a, "Catalog", "catalogItems")} > {"DESK", "COFFEE"},
    "charge": lambda a: lines_add_up(a["Charge"]["createBillingRecord"]["billingRecord"]),
    "charged-this-year": charged_by_it,
    "confirm-all-of-a-record": lambda a: (
        {p["status"] for p in a["ConfirmAll"]["confirmBillingRecordPayment"]["payments"]} == {"CONFIRMED"}
    ),
    "confirm-many": lambda a: (
        [result["payment"]["status"] for result in a["ConfirmMany"]["confirmPayments"]["results"]] == ["CONFIRMED"] * 2
    ),
    "credit-note": lambda a: a["Credit"]["issueCreditNote"]["billingRecord"]["creditedAmount"] == "1.00",
    "history": paid_after_it_was_issued,
    "replace": replaced,
    "reverse-payment": lambda a: a["Reverse"]["reversePayment"]["payment"]["status"] == "REVERSED",
    "uphold-dispute": lambda a: (
        a["Uphold"]["resolveDispute"]["creditNote"]["amount"]
        == a["Uphold"]["resolveDispute"]["billingRecord"]["creditedAmount"]
    ),
    "confirm-payment": lambda a: a["ConfirmPayment"]["confirmPayment"]["payment"]["status"] == "CONFIRMED",
    "dispute": lambda a: (
        a["OpenDispute"]["openDispute"]["billingRecord"]["status"] == "DISPUTED"
        and a["WithdrawDispute"]["withdrawDispute"]["billingRecord"]["status"] == "OVERDUE"
    ),
    "disputed": lambda a: all(dispute["reason"] for dispute in nodes(a, "Disputed", "disputes")),
    "division-tree": lambda a: {child["code"] for child in a["DivisionTree"]["division"]["children"]} > {"IT", "SALES"},
    "draft": draft_became_a_charge,
    "me": lambda a: a["Me"]["me"]["division"]["code"] == "IT",
    "one-record": lambda a: (
        a["OneRecord"]["billingRecord"]["outstanding"] == "0.00" and lines_add_up(a["OneRecord"]["billingRecord"])
    ),
    "overdue": overdue_oldest_first,
    "pages": lambda a: (
        not {record["id"] for record in nodes(a, "FirstPage", "billingRecords")}
        & {record["id"] for record in nodes(a, "NextPage", "billingRecords")}
    ),
    "pay-two-records": two_records_paid,
    "price": lambda a: (
        a["Price"]["catalogItem"]["then"]["validFrom"]
        <= "2025-06-15"
        < a["Price"]["catalogItem"]["now"]["validFrom"]
        <= "2026-11-22"
    ),
    "reject-payment": lambda a: a["RejectPayment"]["rejectPayment"]["payment"]["status"] == "REJECTED",
    "resolve-dispute": lambda a: a["ResolveDispute"]["resolveDispute"]["dispute"]["status"] == "REJECTED",
    "set-price": lambda a: a["SetPrice"]["setCatalogPrice"]["catalogPrice"]["unitPrice"] == "7.25",
    "void": lambda a: a["Void"]["voidBillingRecord"]["billingRecord"]["status"] == "VOID",
    "waiting-for-me": lambda a: all(
        sum(Decimal(part["amount"]) for part in payment["allocations"]) == Decimal(payment["amount"])
        for payment in nodes(a, "WaitingForMe", "payments")
    ),
}


@dataclass(frozen=True)
class Program:
    """Who runs it, with which arguments, and what it prints, as a regular expression."""

    person: str
    prints: str
    arguments: tuple[str, ...] = ()


OVERDUE_LINES = r"\d+ overdue\n(\d{4}-\d\d-\d\d [A-Z]+-\d{4}-\d{5} \d+\.\d\d USD .+\n)+"
OVERDUE_JSON = r'\{"data":\{"billingRecords":\{"totalCount":[1-9]\d*,"nodes":\[\{"number":"[A-Z]+-\d{4}-\d{5}".+'
CHARGED = r"IT-2026-\d{5}: 137\.04 USD, due 2026-12-22\n"

# Stands for the id of that division.
MARKETING = "<MARKETING>"

PROGRAMS = {
    "python/overdue.py": Program("coordinator-marketing", OVERDUE_LINES),
    "python/every_record.py": Program("analyst", r"1\d\d records\n(\d+(\.\d+)? [A-Z]{3}\n)+"),
    "python/charge.py": Program("coordinator-it", CHARGED + r"sent again: IT-2026-\d{5}, replayed: True\n"),
    "python/run_document.py": Program("coordinator-it", r'(?s)\{\n  "Me": .+"code": "IT".+', ("me.graphql",)),
    "typescript/overdue.ts": Program("coordinator-marketing", OVERDUE_LINES),
    "typescript/every-record.ts": Program("analyst", r"1\d\d records, from [A-Z-]+\d{4}-\d{5} to [A-Z-]+\d{4}-\d{5}\n"),
    "typescript/charge.ts": Program("coordinator-it", r"lines\.0\.quantity: BAD_AMOUNT: .+\n" + CHARGED),
    "curl/overdue.sh": Program("coordinator-marketing", OVERDUE_JSON),
    "curl/one-record.sh": Program(
        "coordinator-it", r'.+"number":"IT-2026-00001".+"lineItems":\[\{.+', ("IT-2026-00001",)
    ),
    "curl/price.sh": Program("analyst", r'.+"unitPrice":"44\.75".+', ("LAPTOP-STANDARD", "USD")),
    "curl/charge.sh": Program(
        "coordinator-it", r'.+"replayed":false.+"total":"240\.00".+"userErrors":\[\].+', (MARKETING, "example")
    ),
}

# What the others import.
SHARED = {"typescript/ask.ts"}


# The files


def test_every_example_has_its_case() -> None:
    kinds = {".graphql", ".py", ".ts", ".sh"}
    found = {
        str(file.relative_to(EXAMPLES))
        for file in EXAMPLES.rglob("*")
        if file.suffix in kinds and "node_modules" not in file.parts
    }

    assert found == {f"graphql/{name}.graphql" for name in DOCUMENTS} | set(PROGRAMS) | SHARED


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_names_its_question_and_fits_the_schema(name: str) -> None:
    file = EXAMPLES / "graphql" / f"{name}.graphql"
    document = parse(file.read_text(encoding="utf-8"))
    operations = {
        node.name.value
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode) and node.name is not None
    }
    variables = file.with_suffix(".json")

    assert validate(SCHEMA._schema, document) == []
    assert re.match(r"# [A-Z].+\n# As: [a-z-]+\n", file.read_text(encoding="utf-8"))
    assert not variables.exists() or set(json.loads(variables.read_text(encoding="utf-8"))) <= operations


def test_variables_belong_to_a_document() -> None:
    assert {file.stem for file in (EXAMPLES / "graphql").glob("*.json")} <= set(DOCUMENTS)


# What they answer


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_document_answers_its_question(service: Service, name: str) -> None:
    file = EXAMPLES / "graphql" / f"{name}.graphql"
    who = re.search(r"^# As: (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    assert who is not None

    answers = await asyncio.to_thread(run_document, service, who[1], file)

    payloads = [value for answer in answers.values() for value in answer.values() if isinstance(value, dict)]
    assert [payload["userErrors"] for payload in payloads if payload.get("userErrors")] == []
    assert DOCUMENTS[name](answers), answers


@pytest.mark.parametrize("name", PROGRAMS)
async def test_a_program_prints_what_it_promises(service: Service, name: str) -> None:
    program = PROGRAMS[name]
    file = EXAMPLES / name
    arguments = [await marketing(service) if each == MARKETING else each for each in program.arguments]

    printed = await run([*interpreter(file), str(file), *arguments], service.environment(program.person))

    assert re.fullmatch(program.prints, printed), printed


def interpreter(file: Path) -> list[str]:
    if file.suffix == ".ts":
        return node()
    return [sys.executable, "-W", "error"] if file.suffix == ".py" else ["sh"]


def run_document(service: Service, person: str, file: Path) -> Answers:
    """As `examples/python/run_document.py` does it."""
    spec = importlib.util.spec_from_file_location("run_document", EXAMPLES / "python" / "run_document.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    transport = HTTPXTransport(url=service.url, headers={"Authorization": f"Bearer {service.token(person)}"})
    with GqlClient(transport=transport) as session:
        answers: Answers = module.run_document(session, file)
    return answers


async def marketing(service: Service) -> str:
    """The id of Marketing in this demo."""
    answers = await asyncio.to_thread(run_document, service, "coordinator-it", EXAMPLES / "graphql" / "charge.graphql")
    id: str = answers["WhomAndWhat"]["division"]["id"]
    return id


async def run(command: list[str], environment: dict[str, str]) -> str:
    """What the command prints; it must end well within a minute and without complaints."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        printed, complaints = await asyncio.wait_for(process.communicate(), timeout=60)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert (process.returncode, complaints.decode()) == (0, "")
    return printed.decode()


# Node


_NETWORK = re.compile(r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)\b")


def node() -> list[str]:
    """The command that runs a TypeScript file; skips where there is no Node of at least 20."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("There is no Node on this machine.")
    version, strips = said([found, "-p", "process.versions.node + ' ' + process.features.typescript"]).split()
    if int(version.split(".")[0]) < 20:
        pytest.skip(f"Node {version} is older than 20.")
    if strips not in {"undefined", "false"}:
        return [found, "--disable-warning=ExperimentalWarning"]
    with installing():
        install_tsx()
    tsx = TYPESCRIPT / "node_modules" / "tsx" / "dist" / "loader.mjs"
    return [found, "--import", tsx.as_uri()]


def install_tsx() -> None:
    """As `npm ci` in examples/typescript, unless that is done; skips where there is no way to a registry."""
    wanted = json.loads((TYPESCRIPT / "package.json").read_text(encoding="utf-8"))["devDependencies"]["tsx"]
    there = TYPESCRIPT / "node_modules" / "tsx" / "package.json"
    if there.exists() and json.loads(there.read_text(encoding="utf-8"))["version"] == wanted:
        return
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("This Node needs tsx to read TypeScript, and there is no npm to install it.")
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=TYPESCRIPT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode and _NETWORK.search(done.stderr):
        pytest.skip("This Node needs tsx to read TypeScript, and npm reaches no registry to install it.")
    assert done.returncode == 0, done.stderr


@contextmanager
def installing() -> Iterator[None]:
    """One worker installs, the others wait for it."""
    folder = os.open(TYPESCRIPT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def said(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
