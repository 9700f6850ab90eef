"""A guarded field answers null without the right, and the operation carries one error for it."""

from tests.access.asking import Asking
from tests.access.scene import Scene

_ITEMS = "catalogItems(orderBy: {field: SKU}) { nodes { sku prices { unitPrice costPrice } } }"


async def test_a_list_shows_the_cost_of_the_own_items_and_refuses_the_others_with_one_error(
    scene: Scene, asking: Asking
) -> None:
    said = await asking("coordinator-it", f"{{ {_ITEMS} }}")

    assert [(item["sku"], item["prices"][0]["costPrice"]) for item in said.data["catalogItems"]["nodes"]] == [
        ("HR-SEAT", None),
        ("IT-SEAT", "11"),
        ("LAPTOP", "41.2"),
    ]
    assert said.errors == [("FORBIDDEN", ["catalogItems", "nodes", 0, "prices", 0, "costPrice"])]


async def test_the_error_stands_at_the_first_item_that_is_refused(scene: Scene, asking: Asking) -> None:
    said = await asking("coordinator-hr", f"{{ {_ITEMS} }}")

    assert [item["prices"][0]["costPrice"] for item in said.data["catalogItems"]["nodes"]] == ["11", None, None]
    assert said.errors == [("FORBIDDEN", ["catalogItems", "nodes", 1, "prices", 0, "costPrice"])]


async def test_a_list_of_refused_items_has_one_error_for_all(scene: Scene, asking: Asking) -> None:
    said = await asking("coordinator-none", f"{{ {_ITEMS} }}")

    assert said.all("costPrice") == [None, None, None]
    assert said.all("unitPrice") == ["20", "20", "49.9"]
    assert said.errors == [("FORBIDDEN", ["catalogItems", "nodes", 0, "prices", 0, "costPrice"])]


async def test_each_guarded_field_of_the_operation_has_its_own_error(scene: Scene, asking: Asking) -> None:
    said = await asking(
        "coordinator-none",
        "{ a: catalogItems { nodes { prices { costPrice } } } b: catalogItems { nodes { prices { costPrice } } } }",
    )

    assert sorted(said.errors) == [
        ("FORBIDDEN", ["a", "nodes", 0, "prices", 0, "costPrice"]),
        ("FORBIDDEN", ["b", "nodes", 0, "prices", 0, "costPrice"]),
    ]


async def test_a_guarded_field_asked_twice_under_two_names_has_two_errors(scene: Scene, asking: Asking) -> None:
    said = await asking("coordinator-none", "{ catalogItems { nodes { prices { costPrice cost: costPrice } } } }")

    assert said.errors == [
        ("FORBIDDEN", ["catalogItems", "nodes", 0, "prices", 0, "costPrice"]),
        ("FORBIDDEN", ["catalogItems", "nodes", 0, "prices", 0, "cost"]),
    ]


async def test_every_kept_field_of_a_user_is_refused_for_itself_and_the_name_is_shown(
    scene: Scene, asking: Asking
) -> None:
    user = "id displayName name role division { code } active version createdAt"

    said = await asking("coordinator-it", f"{{ billingRecords {{ nodes {{ createdBy {{ {user} }} }} }} }}")

    users = said.all("createdBy")
    kept = ("name", "role", "division", "active", "version", "createdAt")
    assert len(users) == 8
    assert all(user["displayName"] == "made-in-it" for user in users)
    assert all(user[name] is None for user in users for name in kept)
    assert sorted(said.errors) == sorted(
        ("FORBIDDEN", ["billingRecords", "nodes", 0, "createdBy", name]) for name in kept
    )


async def test_a_refused_root_field_leaves_the_others_of_the_operation_alone(scene: Scene, asking: Asking) -> None:
    said = await asking("coordinator-it", "{ users { totalCount } me { name } billingRecords { totalCount } }")

    assert said.data == {"users": None, "me": {"name": "coordinator-it"}, "billingRecords": {"totalCount": 8}}
    assert said.errors == [("FORBIDDEN", ["users"])]


async def test_a_refused_mutation_leaves_the_next_one_of_the_document_alone(scene: Scene, asking: Asking) -> None:
    document = """mutation($a: UpdateBillingRecordInput!, $b: UpdateBillingRecordInput!) {
        refused: updateBillingRecord(input: $a) { billingRecord { id } userErrors { code } }
        made: updateBillingRecord(input: $b) { billingRecord { version } userErrors { code } }
    }"""
    id = str(scene.ours.open)

    said = await asking(
        "coordinator-it",
        document,
        a={"id": id, "version": 1, "toNote": "theirs"},
        b={"id": id, "version": 1, "fromNote": "ours"},
    )

    assert said.data == {"refused": None, "made": {"billingRecord": {"version": 2}, "userErrors": []}}
    assert said.errors == [("FORBIDDEN", ["refused"])]
