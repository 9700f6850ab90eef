# Every target sets up what it needs by itself, in .venv and nowhere else; `make help` lists them.
# PYTHON=/path/to/python3.12 names the Python to use; PYTEST_ARGS what pytest gets.

PYTEST_ARGS ?= -n 2
BIN := .venv/bin
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet $(LOCK_ARGS)

# Would let packages from elsewhere in.
unexport PYTHONPATH
unexport PYTHONHOME

.PHONY: help serve test check format lock clean runtime tools

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

serve: runtime ## Run the service with demo data on http://127.0.0.1:8000 (PORT, DATABASE_URL, …: README.md)
	@$(BIN)/billing serve

test: tools ## Run the tests
	$(BIN)/pytest $(PYTEST_ARGS)

check: tools ## Run everything that CI runs: format, lint, types, imports, schema, tests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/billing schema --check
	$(BIN)/pytest $(PYTEST_ARGS)

format: tools ## Format the code and mend what ruff can mend
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lock: tools ## Make both lock files anew after a change in pyproject.toml (LOCK_ARGS=--upgrade for newer versions)
	$(COMPILE) --extra embedded --extra build --output-file requirements.lock >/dev/null
	$(COMPILE) --all-extras --constraint requirements.lock --output-file requirements-dev.lock >/dev/null

clean: ## Remove .venv and the caches (not .data, where the database is)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info
	find billing tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

runtime:
	@tools/bootstrap.sh serve

tools:
	@tools/bootstrap.sh dev
