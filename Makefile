# Every target sets up what it needs by itself, in .venv and nowhere else; `make help` lists them.
# PYTHON=/path/to/python3.12 names the Python to use; PYTEST_ARGS what pytest gets.

PYTEST_ARGS ?= -n 2
BIN := .venv/bin
LOCK_OPTIONS := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock" --quiet $(LOCK_ARGS)
COMPILE := $(BIN)/uv pip compile pyproject.toml $(LOCK_OPTIONS)

BENCH_OPTIONS = $(if $(ONLY),--only "$(ONLY)") $(if $(SERVERS),--servers "$(SERVERS)") \
	$(if $(RECORDS),--records $(RECORDS)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SECONDS),--seconds $(SECONDS)) \
	$(if $(REQUESTS),--requests $(REQUESTS))

# Would let packages from elsewhere in.
unexport PYTHONPATH
unexport PYTHONHOME

.PHONY: help serve test check torture prove bench graphiql format lock clean runtime tools page

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

serve: runtime page ## Run the service with demo data on http://127.0.0.1:8000 (PORT, DATABASE_URL, …: README.md)
	@$(BIN)/billing serve

test: tools page ## Run the tests
	$(BIN)/pytest $(PYTEST_ARGS)

check: tools page ## Run everything that CI runs: format, lint, types, imports, schema, tests, the graph without the engine
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/billing schema --check
	$(BIN)/billing openapi --check
	$(BIN)/pytest $(PYTEST_ARGS)
	ENGINE=reference $(BIN)/pytest $(PYTEST_ARGS) tests/graph

torture: tools ## Put the service under storms, kills and faults at length, and print what was seen (ONLY=P1,P20 SEED=7 FIGURES=gate)
	$(BIN)/python -m tests.torture run --only "$(ONLY)" --figures $(or $(FIGURES),full) $(if $(SEED),--seed $(SEED))

prove: tools ## Break the code on purpose, a copy of it, and see the tests notice (ONLY=part of a name)
	$(BIN)/python -m tests.torture prove --only "$(ONLY)"

bench: tools ## Compare the service with three yardsticks on generated data (MODE=memory RECORDS=20000 …: docs/performance.md)
	@$(BIN)/python -m benchmarks $(or $(MODE),run) $(BENCH_OPTIONS)

graphiql: runtime ## Build GraphiQL, the page for browsers at /graphql (serve, test and check do it where they can)
	@$(BIN)/python tools/graphiql.py

format: tools ## Format the code and mend what ruff can mend
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lock: tools ## Make both lock files anew after a change in pyproject.toml (LOCK_ARGS=--upgrade for newer versions)
	$(COMPILE) --extra embedded --extra build --output-file requirements.lock >/dev/null
	$(COMPILE) --all-extras --constraint requirements.lock --output-file requirements-dev.lock >/dev/null
	$(BIN)/uv pip compile graphiql/node.in $(LOCK_OPTIONS) --output-file graphiql/node.lock >/dev/null

clean: ## Remove .venv and the caches (not .data, where the database is)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info
	rm -rf billing/web/graphiql_build graphiql/node_modules graphiql/.node graphiql/.draft
	rm -rf tests/clients/node_modules tests/clients/relay/__generated__ benchmarks/yardsticks/mercurius/node_modules
	find billing tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

page: runtime
	@$(BIN)/python tools/graphiql.py --if-possible

runtime:
	@tools/bootstrap.sh serve

tools:
	@tools/bootstrap.sh dev
