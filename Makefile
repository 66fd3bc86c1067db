# Needs Python 3.11, nothing else prepared.  `make demo` and `make test` set everything up.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test check bench clean locks secrets test-images
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

# These need both cores.
ALONE := tests/io/kafka $(addprefix tests/e2e/test_,$(addsuffix .py,demo people faults two_workers whisper))

test: setup
	$(BIN)/python tests/prepare.py
	$(BIN)/python -m pytest -q -n 2 --dist loadfile $(addprefix --ignore=,$(ALONE))
	$(BIN)/python -m pytest -q $(ALONE)

check: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/qm bench live --calls 8 --seconds 60

# What the images install; versions as in requirements.lock.
LOCK := .venv/uv pip compile --quiet --python $(BIN)/python -c requirements.lock --generate-hashes \
	--no-header --no-annotate --no-emit-index-url
locks: .venv/.ready
	$(LOCK) docker/web.in -o docker/web.lock
	$(LOCK) pyproject.toml -o docker/worker.lock
	$(LOCK) docker/gpu.in --no-deps -o docker/gpu.lock
	$(LOCK) docker/tools.in -o docker/tools.lock
	awk '/^uv==/ {p = 1} p {print} p && !/\\$$/ {exit}' requirements.lock > docker/uv.lock

# Keys, passwords and certificates of compose.yaml; what is there stays.
secrets: .venv/.ready
	$(BIN)/python docker/make_secrets.py secrets

# Lint, schema, and each image's own steps carried out and its entry point started, as root but
# without a container engine.  Layers are kept in var/images.
test-images: .venv/.ready
	$(PYTHON) -m venv var/images/tools
	var/images/tools/bin/pip install --quiet --require-hashes -r docker/tools.lock
	var/images/tools/bin/python docker/check_images.py

clean:
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache
