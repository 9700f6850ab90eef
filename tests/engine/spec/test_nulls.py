"""Nulls and errors, and how far up they take what is around them (6.4.4): to the next field that may be null."""

from collections.abc import Callable

import pytest
from graphql import GraphQLError, GraphQLSchema

from tests.engine.executors import Run
from tests.engine.spec.cases import Case, case, keeps
from tests.engine.spec.library import MODES, Raised

OOPS = Raised(ValueError("oops"))

FIELDS = [
    case("a null", "{ lab { whole } }", given={"lab": {"whole": None}}, data={"lab": {"whole": None}}),
    case(
        "a null where none may be",
        "{ lab { wholeNn } }",
        given={"lab": {"whole_nn": None}},
        data={"lab": None},
        errors=[("Cannot return null for non-nullable field Lab.wholeNn.", ["lab", "wholeNn"], [(1, 9)])],
    ),
    case(
        "a null beside others",
        "{ lab { text wholeNn truth } }",
        given={"lab": {"text": "t", "whole_nn": None, "truth": True}},
        data={"lab": None},
        errors=[("Cannot return null for non-nullable field Lab.wholeNn.", ["lab", "wholeNn"], [(1, 14)])],
    ),
    case(
        "a null two levels down",
        "{ lab { labNn { wholeNn } } }",
        given={"lab": {"lab_nn": {"whole_nn": None}}},
        data={"lab": None},
        errors=[("Cannot return null for non-nullable field Lab.wholeNn.", ["lab", "labNn", "wholeNn"], [(1, 17)])],
    ),
    case(
        "a null that stops half way",
        "{ lab { text lab { labNn { labNn { wholeNn } } } } }",
        given={"lab": {"text": "t", "lab": {"lab_nn": {"lab_nn": {"whole_nn": None}}}}},
        data={"lab": {"text": "t", "lab": None}},
        errors=[
            (
                "Cannot return null for non-nullable field Lab.wholeNn.",
                ["lab", "lab", "labNn", "labNn", "wholeNn"],
                [(1, 36)],
            )
        ],
    ),
    case(
        "a null of an object that must be",
        "{ lab { text labNn { text } } }",
        given={"lab": {"text": "t", "lab_nn": None}},
        data={"lab": None},
        errors=[("Cannot return null for non-nullable field Lab.labNn.", ["lab", "labNn"], [(1, 14)])],
    ),
    case(
        "a null up to the root",
        "{ labNn { labNn { wholeNn } } }",
        given={"lab_nn": {"lab_nn": {"whole_nn": None}}},
        data=None,
        errors=[("Cannot return null for non-nullable field Lab.wholeNn.", ["labNn", "labNn", "wholeNn"], [(1, 19)])],
    ),
    case("a null at the root", "{ whole }", given={"whole": None}, data={"whole": None}),
    case(
        "a null at the root where none may be",
        "{ text wholeNn }",
        given={"text": "t", "whole_nn": None},
        data=None,
        errors=[("Cannot return null for non-nullable field Query.wholeNn.", ["wholeNn"], [(1, 8)])],
    ),
    case("a null lab", "{ lab { wholeNn } text }", given={"lab": None, "text": "t"}, data={"lab": None, "text": "t"}),
    case(
        "a null lab at the root where none may be",
        "{ labNn { whole } }",
        given={"lab_nn": None},
        data=None,
        errors=[("Cannot return null for non-nullable field Query.labNn.", ["labNn"], [(1, 3)])],
    ),
    case(
        "an error",
        "{ lab { whole text } }",
        given={"lab": {"whole": OOPS, "text": "t"}},
        data={"lab": {"whole": None, "text": "t"}},
        errors=[("oops", ["lab", "whole"], [(1, 9)])],
    ),
    case(
        "an error where no null may be",
        "{ lab { text wholeNn } }",
        given={"lab": {"whole_nn": OOPS, "text": "t"}},
        data={"lab": None},
        errors=[("oops", ["lab", "wholeNn"], [(1, 14)])],
    ),
    case(
        "an error up to the root",
        "{ text labNn { labNn { textNn } } }",
        given={"text": "t", "lab_nn": {"lab_nn": {"text_nn": OOPS}}},
        data=None,
        errors=[("oops", ["labNn", "labNn", "textNn"], [(1, 24)])],
    ),
    case(
        "an error of an object",
        "{ lab { lab { whole } text } }",
        given={"lab": {"lab": OOPS, "text": "t"}},
        data={"lab": {"lab": None, "text": "t"}},
        errors=[("oops", ["lab", "lab"], [(1, 9)])],
    ),
    case(
        "an error of an object that must be",
        "{ lab { labNn { whole } text } }",
        given={"lab": {"lab_nn": OOPS, "text": "t"}},
        data={"lab": None},
        errors=[("oops", ["lab", "labNn"], [(1, 9)])],
    ),
    case(
        "an error at the root",
        "{ whole text }",
        given={"whole": OOPS, "text": "t"},
        data={"whole": None, "text": "t"},
        errors=[("oops", ["whole"], [(1, 3)])],
    ),
    case(
        "an error at the root where no null may be",
        "{ wholeNn }",
        given={"whole_nn": OOPS},
        data=None,
        errors=[("oops", ["wholeNn"], [(1, 3)])],
    ),
    case(
        "an error of GraphQL",
        "{ lab { whole } }",
        given={"lab": {"whole": Raised(GraphQLError("told", extensions={"code": "X"}))}},
        data={"lab": {"whole": None}},
        errors=[("told", ["lab", "whole"], [(1, 9)])],
    ),
    case(
        "an error without words",
        "{ lab { whole } }",
        given={"lab": {"whole": Raised(ValueError())}},
        data={"lab": {"whole": None}},
        errors=[("", ["lab", "whole"], [(1, 9)])],
    ),
    case(
        "an error that is returned",
        "{ lab { whole } }",
        given={"lab": {"whole": ValueError("returned")}},
        data={"lab": {"whole": None}},
        errors=[("returned", ["lab", "whole"], [(1, 9)])],
    ),
    case(
        "an error that is returned where no null may be",
        "{ lab { wholeNn } }",
        given={"lab": {"whole_nn": ValueError("returned")}},
        data={"lab": None},
        errors=[("returned", ["lab", "wholeNn"], [(1, 9)])],
    ),
    case(
        "an error under an alias",
        "{ lab { mine: whole } }",
        given={"lab": {"whole": OOPS}},
        data={"lab": {"mine": None}},
        errors=[("oops", ["lab", "mine"], [(1, 9)])],
    ),
    case(
        "an error asked for in two places",
        "{ lab { whole }\n  lab { whole } }",
        given={"lab": {"whole": OOPS}},
        data={"lab": {"whole": None}},
        errors=[("oops", ["lab", "whole"], [(1, 9), (2, 9)])],
    ),
    case(
        "an error asked for in three places",
        "{ lab { whole ...F ... { whole } } } fragment F on Lab { whole }",
        given={"lab": {"whole": OOPS}},
        data={"lab": {"whole": None}},
        errors=[("oops", ["lab", "whole"], [(1, 9), (1, 58), (1, 26)])],
    ),
    case(
        "a null asked for in two places",
        "{ lab { wholeNn ...F } } fragment F on Lab { wholeNn }",
        given={"lab": {"whole_nn": None}},
        data={"lab": None},
        errors=[("Cannot return null for non-nullable field Lab.wholeNn.", ["lab", "wholeNn"], [(1, 9), (1, 46)])],
    ),
    case(
        "two errors",
        "{ lab { whole text } }",
        given={"lab": {"whole": OOPS, "text": Raised(KeyError("other"))}},
        data={"lab": {"whole": None, "text": None}},
        errors=[("oops", ["lab", "whole"], [(1, 9)]), ("'other'", ["lab", "text"], [(1, 15)])],
    ),
    case(
        "two errors in two branches",
        "{ a: lab { whole } b: lab { text } }",
        given={"lab": {"whole": OOPS, "text": OOPS}},
        data={"a": {"whole": None}, "b": {"text": None}},
        errors=[("oops", ["a", "whole"], [(1, 12)]), ("oops", ["b", "text"], [(1, 29)])],
    ),
    case(
        "two nulls in two branches",
        "{ lab { a: lab { wholeNn } b: lab { textNn } truth } }",
        given={"lab": {"lab": {"whole_nn": None, "text_nn": None}, "truth": False}},
        data={"lab": {"a": None, "b": None, "truth": False}},
        errors=[
            ("Cannot return null for non-nullable field Lab.wholeNn.", ["lab", "a", "wholeNn"], [(1, 18)]),
            ("Cannot return null for non-nullable field Lab.textNn.", ["lab", "b", "textNn"], [(1, 37)]),
        ],
    ),
    case(
        "an error under an error's sibling",
        "{ lab { lab { whole } text lab2: lab { whole wholeNn } } }",
        given={"lab": {"lab": {"whole": OOPS, "whole_nn": 1}, "text": "t"}},
        data={"lab": {"lab": {"whole": None}, "text": "t", "lab2": {"whole": None, "wholeNn": 1}}},
        errors=[("oops", ["lab", "lab", "whole"], [(1, 15)]), ("oops", ["lab", "lab2", "whole"], [(1, 40)])],
    ),
]

LISTS = [
    case(
        "a null in a list", "{ lab { row } }", given={"lab": {"row": [1, None, 3]}}, data={"lab": {"row": [1, None, 3]}}
    ),
    case(
        "a null in a list of none",
        "{ lab { rowOfNn text } }",
        given={"lab": {"row_of_nn": [1, None, 3], "text": "t"}},
        data={"lab": {"rowOfNn": None, "text": "t"}},
        errors=[("Cannot return null for non-nullable field Lab.rowOfNn.", ["lab", "rowOfNn", 1], [(1, 9)])],
    ),
    case(
        "a null in a list that must be",
        "{ lab { nnRow } }",
        given={"lab": {"nn_row": [None, None]}},
        data={"lab": {"nnRow": [None, None]}},
    ),
    case(
        "a null in a list of none that must be",
        "{ lab { nnRowOfNn text } }",
        given={"lab": {"nn_row_of_nn": [1, None], "text": "t"}},
        data={"lab": None},
        errors=[("Cannot return null for non-nullable field Lab.nnRowOfNn.", ["lab", "nnRowOfNn", 1], [(1, 9)])],
    ),
    case(
        "no list",
        "{ lab { row rowOfNn } }",
        given={"lab": {"row": None, "row_of_nn": None}},
        data={"lab": {"row": None, "rowOfNn": None}},
    ),
    case(
        "no list where one must be",
        "{ lab { nnRow } }",
        given={"lab": {"nn_row": None}},
        data={"lab": None},
        errors=[("Cannot return null for non-nullable field Lab.nnRow.", ["lab", "nnRow"], [(1, 9)])],
    ),
    case(
        "no list of none where one must be",
        "{ lab { nnRowOfNn } }",
        given={"lab": {"nn_row_of_nn": None}},
        data={"lab": None},
        errors=[("Cannot return null for non-nullable field Lab.nnRowOfNn.", ["lab", "nnRowOfNn"], [(1, 9)])],
    ),
    case(
        "empty lists",
        "{ lab { row rowOfNn nnRow nnRowOfNn } }",
        given={"lab": {"row": [], "row_of_nn": [], "nn_row": [], "nn_row_of_nn": []}},
        data={"lab": {"row": [], "rowOfNn": [], "nnRow": [], "nnRowOfNn": []}},
    ),
    case(
        "an error of a list",
        "{ lab { row text } }",
        given={"lab": {"row": OOPS, "text": "t"}},
        data={"lab": {"row": None, "text": "t"}},
        errors=[("oops", ["lab", "row"], [(1, 9)])],
    ),
    case(
        "an error of a list that must be",
        "{ lab { nnRow text } }",
        given={"lab": {"nn_row": OOPS, "text": "t"}},
        data={"lab": None},
        errors=[("oops", ["lab", "nnRow"], [(1, 9)])],
    ),
    case(
        "an error that is returned in a list",
        "{ lab { row } }",
        given={"lab": {"row": [1, ValueError("returned"), 3]}},
        data={"lab": {"row": [1, None, 3]}},
        errors=[("returned", ["lab", "row", 1], [(1, 9)])],
    ),
    case(
        "an error that is returned in a list of none",
        "{ lab { rowOfNn } }",
        given={"lab": {"row_of_nn": [1, ValueError("returned"), 3]}},
        data={"lab": {"rowOfNn": None}},
        errors=[("returned", ["lab", "rowOfNn", 1], [(1, 9)])],
    ),
    case(
        "what is no list",
        "{ lab { row text } }",
        given={"lab": {"row": 7, "text": "t"}},
        data={"lab": {"row": None, "text": "t"}},
        errors=[("Expected Iterable, but did not find one for field 'Lab.row'.", ["lab", "row"], [(1, 9)])],
    ),
    case(
        "a text is no list",
        "{ lab { row } }",
        given={"lab": {"row": "12"}},
        data={"lab": {"row": None}},
        errors=[("Expected Iterable, but did not find one for field 'Lab.row'.", ["lab", "row"], [(1, 9)])],
    ),
    case(
        "an object is no list",
        "{ lab { row } }",
        given={"lab": {"row": {"a": 1}}},
        data={"lab": {"row": None}},
        errors=[("Expected Iterable, but did not find one for field 'Lab.row'.", ["lab", "row"], [(1, 9)])],
    ),
    case("a tuple is a list", "{ lab { row } }", given={"lab": {"row": (1, 2)}}, data={"lab": {"row": [1, 2]}}),
    case(
        "a list in a list",
        "{ lab { grid } }",
        given={"lab": {"grid": [[1, None], None, [], [2]]}},
        data={"lab": {"grid": [[1, None], None, [], [2]]}},
    ),
    case(
        "a null in a list in a list of none",
        "{ lab { gridOfNn } }",
        given={"lab": {"grid_of_nn": [[1, 2], [3, None], [4]]}},
        data={"lab": {"gridOfNn": [[1, 2], None, [4]]}},
        errors=[("Cannot return null for non-nullable field Lab.gridOfNn.", ["lab", "gridOfNn", 1, 1], [(1, 9)])],
    ),
    case(
        "no list in a list that must hold some",
        "{ lab { gridOfNnRows text } }",
        given={"lab": {"grid_of_nn_rows": [[1, None], None], "text": "t"}},
        data={"lab": {"gridOfNnRows": None, "text": "t"}},
        errors=[("Cannot return null for non-nullable field Lab.gridOfNnRows.", ["lab", "gridOfNnRows", 1], [(1, 9)])],
    ),
    case(
        "a null in a list in a list that must hold some",
        "{ lab { gridOfNnRows } }",
        given={"lab": {"grid_of_nn_rows": [[1, None]]}},
        data={"lab": {"gridOfNnRows": [[1, None]]}},
    ),
    case(
        "no null anywhere in a list in a list",
        "{ lab { nnGrid } }",
        given={"lab": {"nn_grid": [[1], [2, None]]}},
        data={"lab": None},
        errors=[("Cannot return null for non-nullable field Lab.nnGrid.", ["lab", "nnGrid", 1, 1], [(1, 9)])],
    ),
    case(
        "no null anywhere, and there is none",
        "{ lab { nnGrid } }",
        given={"lab": {"nn_grid": [[1], [], [2, 3]]}},
        data={"lab": {"nnGrid": [[1], [], [2, 3]]}},
    ),
    case(
        "no list in a list where none may be null",
        "{ lab { nnGrid } }",
        given={"lab": {"nn_grid": [[1], None]}},
        data={"lab": None},
        errors=[("Cannot return null for non-nullable field Lab.nnGrid.", ["lab", "nnGrid", 1], [(1, 9)])],
    ),
    case(
        "two nulls in a list of none",
        "{ lab { rowOfNn } }",
        given={"lab": {"row_of_nn": [None, 1, None]}},
        data={"lab": {"rowOfNn": None}},
        errors=[("Cannot return null for non-nullable field Lab.rowOfNn.", ["lab", "rowOfNn", 0], [(1, 9)])],
    ),
    case(
        "a value of another kind in a list",
        "{ lab { row } }",
        given={"lab": {"row": [1, "x", 3]}},
        data={"lab": {"row": [1, None, 3]}},
        errors=[("Int cannot represent non-integer value: 'x'", ["lab", "row", 1], [(1, 9)])],
    ),
    case(
        "a value of another kind in a list of none",
        "{ lab { rowOfNn } }",
        given={"lab": {"row_of_nn": [1, "x", 3]}},
        data={"lab": {"rowOfNn": None}},
        errors=[("Int cannot represent non-integer value: 'x'", ["lab", "rowOfNn", 1], [(1, 9)])],
    ),
    case(
        "objects in a list",
        "{ lab { labs { whole } } }",
        given={"lab": {"labs": [{"whole": 1}, None, {"whole": None}]}},
        data={"lab": {"labs": [{"whole": 1}, None, {"whole": None}]}},
    ),
    case(
        "no object in a list of some",
        "{ lab { labsOfNn { whole } text } }",
        given={"lab": {"labs_of_nn": [{"whole": 1}, None], "text": "t"}},
        data={"lab": {"labsOfNn": None, "text": "t"}},
        errors=[("Cannot return null for non-nullable field Lab.labsOfNn.", ["lab", "labsOfNn", 1], [(1, 9)])],
    ),
    case(
        "a null below an object in a list",
        "{ lab { labs { wholeNn } } }",
        given={"lab": {"labs": [{"whole_nn": 1}, {"whole_nn": None}, {"whole_nn": 3}]}},
        data={"lab": {"labs": [{"wholeNn": 1}, None, {"wholeNn": 3}]}},
        errors=[("Cannot return null for non-nullable field Lab.wholeNn.", ["lab", "labs", 1, "wholeNn"], [(1, 16)])],
    ),
    case(
        "a null below an object in a list of some",
        "{ lab { labsOfNn { wholeNn } } }",
        given={"lab": {"labs_of_nn": [{"whole_nn": 1}, {"whole_nn": None}]}},
        data={"lab": {"labsOfNn": None}},
        errors=[
            ("Cannot return null for non-nullable field Lab.wholeNn.", ["lab", "labsOfNn", 1, "wholeNn"], [(1, 20)])
        ],
    ),
    case(
        "a null below an object in a list that must be",
        "{ lab { nnLabs { wholeNn } } }",
        given={"lab": {"nn_labs": [{"whole_nn": None}, {"whole_nn": 2}]}},
        data={"lab": {"nnLabs": [None, {"wholeNn": 2}]}},
        errors=[("Cannot return null for non-nullable field Lab.wholeNn.", ["lab", "nnLabs", 0, "wholeNn"], [(1, 18)])],
    ),
    case(
        "a null below an object in a list of some that must be",
        "{ lab { nnLabsOfNn { wholeNn } text } }",
        given={"lab": {"nn_labs_of_nn": [{"whole_nn": None}], "text": "t"}},
        data={"lab": None},
        errors=[
            ("Cannot return null for non-nullable field Lab.wholeNn.", ["lab", "nnLabsOfNn", 0, "wholeNn"], [(1, 22)])
        ],
    ),
    case(
        "a null below lists in lists",
        "{ lab { labGrid { wholeNn } } }",
        given={"lab": {"lab_grid": [[{"whole_nn": 1}], [{"whole_nn": 2}, {"whole_nn": None}]]}},
        data={"lab": {"labGrid": None}},
        errors=[
            ("Cannot return null for non-nullable field Lab.wholeNn.", ["lab", "labGrid", 1, 1, "wholeNn"], [(1, 19)])
        ],
    ),
    case(
        "lists of objects in lists",
        "{ lab { labGrid { whole } } }",
        given={"lab": {"lab_grid": [[{"whole": 1}], [], [{"whole": 2}, {"whole": None}]]}},
        data={"lab": {"labGrid": [[{"whole": 1}], [], [{"whole": 2}, {"whole": None}]]}},
    ),
    case(
        "errors of several objects",
        "{ lab { labs { whole } } }",
        given={"lab": {"labs": [{"whole": OOPS}, {"whole": 2}, {"whole": OOPS}]}},
        data={"lab": {"labs": [{"whole": None}, {"whole": 2}, {"whole": None}]}},
        errors=[("oops", ["lab", "labs", 0, "whole"], [(1, 16)]), ("oops", ["lab", "labs", 2, "whole"], [(1, 16)])],
    ),
    case(
        "errors of several objects that must not be null",
        "{ lab { labs { wholeNn } } }",
        given={"lab": {"labs": [{"whole_nn": OOPS}, {"whole_nn": 2}, {"whole_nn": OOPS}]}},
        data={"lab": {"labs": [None, {"wholeNn": 2}, None]}},
        errors=[("oops", ["lab", "labs", 0, "wholeNn"], [(1, 16)]), ("oops", ["lab", "labs", 2, "wholeNn"], [(1, 16)])],
    ),
    case(
        "errors on two levels",
        "{ labs { whole labs { text } } }",
        given={"labs": [{"whole": OOPS, "labs": [{"text": "a"}, {"text": OOPS}]}, None, {"whole": 1, "labs": OOPS}]},
        data={"labs": [{"whole": None, "labs": [{"text": "a"}, {"text": None}]}, None, {"whole": 1, "labs": None}]},
        errors=[
            ("oops", ["labs", 0, "whole"], [(1, 10)]),
            ("oops", ["labs", 0, "labs", 1, "text"], [(1, 23)]),
            ("oops", ["labs", 2, "labs"], [(1, 16)]),
        ],
        later=[
            ("oops", ["labs", 0, "whole"], [(1, 10)]),
            ("oops", ["labs", 2, "labs"], [(1, 16)]),
            ("oops", ["labs", 0, "labs", 1, "text"], [(1, 23)]),
        ],
    ),
    case(
        "an error deep in lists",
        "{ labs { labs { labs { whole } } } }",
        given={"labs": [{"labs": [{"labs": []}, {"labs": [{"whole": 1}, {"whole": OOPS}]}]}]},
        data={"labs": [{"labs": [{"labs": []}, {"labs": [{"whole": 1}, {"whole": None}]}]}]},
        errors=[("oops", ["labs", 0, "labs", 1, "labs", 1, "whole"], [(1, 24)])],
    ),
    case(
        "a null deep in lists, taken up step by step",
        "{ labs { nnLabsOfNn { nnLabsOfNn { wholeNn } } } }",
        given={
            "labs": [
                {"nn_labs_of_nn": [{"nn_labs_of_nn": [{"whole_nn": 1}]}]},
                {"nn_labs_of_nn": [{"nn_labs_of_nn": [{"whole_nn": 2}, {"whole_nn": None}]}]},
            ]
        },
        data={"labs": [{"nnLabsOfNn": [{"nnLabsOfNn": [{"wholeNn": 1}]}]}, None]},
        errors=[
            (
                "Cannot return null for non-nullable field Lab.wholeNn.",
                ["labs", 1, "nnLabsOfNn", 0, "nnLabsOfNn", 1, "wholeNn"],
                [(1, 36)],
            )
        ],
    ),
    case(
        "empty lists of objects",
        "{ lab { labs { whole } nnLabsOfNn { wholeNn } labGrid { whole } } }",
        given={"lab": {"labs": [], "nn_labs_of_nn": [], "lab_grid": [[], []]}},
        data={"lab": {"labs": [], "nnLabsOfNn": [], "labGrid": [[], []]}},
    ),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("asked", FIELDS, ids=str)
async def test_a_null_goes_up_to_the_next_field_that_may_be_null(
    executor: Callable[[GraphQLSchema], Run], asked: Case, mode: str
) -> None:
    await keeps(executor, asked, mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("asked", LISTS, ids=str)
async def test_a_null_in_a_list_takes_what_may_not_hold_it(
    executor: Callable[[GraphQLSchema], Run], asked: Case, mode: str
) -> None:
    await keeps(executor, asked, mode)
