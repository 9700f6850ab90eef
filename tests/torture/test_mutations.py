"""The mutations of `make prove` fit the code as it is: a change of the code brings them along."""

import ast

import pytest

from tests.torture.mutations import MUTATIONS, Edit, Mutation
from tests.torture.site import ROOT


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_changes_what_is_there_into_python(mutation: Mutation) -> None:
    texts = {edit.file: (ROOT / edit.file).read_text(encoding="utf-8") for edit in mutation.edits}
    before = dict(texts)

    for edit in mutation.edits:
        texts[edit.file] = edit.applied(texts[edit.file])

    assert all(texts[file] != before[file] for file in texts)
    for file, text in texts.items():
        if file.endswith(".py"):
            ast.parse(text)
    assert (ROOT / mutation.test.partition("::")[0]).exists()


@pytest.mark.parametrize("text", ["", "one, one"])
def test_a_text_that_is_not_there_once_is_no_place_to_change(text: str) -> None:
    with pytest.raises(LookupError, match="bring the mutation along"):
        Edit("a file", "one", "two").applied(text)
