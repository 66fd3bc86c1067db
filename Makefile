# Needs Python 3.11, nothing else prepared.  `make demo` and `make test` set everything up.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test check bench clean
setup: .venv/.ready
	$(BIN)/qm models pull

# The environment, from the lock file with its hashes.  uv keeps what it installed in its own cache,
# so that a second environment from the same lock takes seconds.
.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	awk '/^uv==/ {p = 1} p {print} p && !/\\$$/ {exit}' requirements.lock > .venv/uv.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r .venv/uv.lock
	cp $(BIN)/uv .venv/uv
	.venv/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	.venv/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	touch $@

demo: setup
	$(BIN)/qm demo

test: setup
	$(BIN)/python tests/prepare.py
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --ignore=tests/e2e --ignore=tests/io/kafka
	$(BIN)/python -m pytest -q tests/e2e tests/io/kafka  # they need both cores

check: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/qm bench live --calls 8 --seconds 60

clean:
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache
