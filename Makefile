# On a fresh machine two commands are enough: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Tests run in several processes on a machine with more than one core: `make test SPREAD=` runs them in one. `make test ORDER="-p randomly"`
# runs them in random order.
SPREAD ?= -n auto --maxprocesses 8 --dist worksteal
ORDER ?=

# A pyenv shim answers only where its version is chosen, so each candidate is asked.
python = $(or $(shell python$(1) -c "import sys; print(sys.executable)" 2>/dev/null),$(lastword $(sort $(wildcard $(HOME)/.pyenv/versions/$(1).*/bin/python3))))
PYTHONS ?= $(foreach version,3.11 3.12 3.13,$(if $(call python,$(version)),$(version)))
NEWEST = $(lastword $(PYTHONS))
# The others than those of `make test` and `make test-newest`.
OTHERS = $(filter-out $(NEWEST) $(shell $(PYTHON) -c "import sys; print('%d.%d' % sys.version_info[:2])"),$(PYTHONS))

# A virtual environment with the project and its tests: Python, folder, options of pip.
define environment
$(1) -m venv --clear $(2)
$(2)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
$(2)/bin/python -m pip install --quiet $(3) --editable . --group test
endef

.PHONY: demo test wheel-test coverage test-newest test-pythons test-other-pythons image-test check docs bundle bench soak fuzz mutants load conformance clients eval clean

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	touch $(READY)

demo: $(READY)
	$(BIN)/akamai-mcp demo

test: $(READY)
	$(BIN)/python -m pytest $(SPREAD) $(ORDER)
	$(MAKE) --no-print-directory wheel-test

# Runs the main behavior, the tests marked smoke, on the built wheel, which is what gets published.
wheel-test: $(READY)
	rm -rf build/wheel && $(BIN)/python -m build --quiet --wheel --no-isolation --outdir build/wheel
	$(BIN)/python -m pip install --quiet --no-deps --target build/wheel/site build/wheel/*.whl
	PYTHONPATH=$(CURDIR)/build/wheel/site TEST_AKAMAI_MCP_WHEEL=$(CURDIR)/build/wheel/site $(BIN)/pytest -q -m smoke $(SPREAD) \
		tests/server tests/cli tests/test_wheel.py

# Runs the tests with branch coverage, which slows them down.
coverage: $(READY)
	$(BIN)/python -m pytest $(SPREAD) --cov --cov-report=term:skip-covered

# Runs the tests on the newest Python here and the newest versions that pyproject.toml admits, which users of uvx get.
# `make test-newest ONLY="-m smoke"` runs the main behavior alone.
test-newest:
	$(call environment,$(or $(call python,$(NEWEST)),$(PYTHON)),build/newest,)
	build/newest/bin/python -m pytest -q $(SPREAD) $(ONLY)

# Runs the main behavior on each supported Python that is on the path or installed by pyenv.
test-pythons: $(PYTHONS:%=test-python-%)

test-other-pythons: $(OTHERS:%=test-python-%)

test-python-%:
	$(call environment,$(call python,$*),build/python$*,--constraint constraints.txt)
	build/python$*/bin/python -m pytest -q $(SPREAD) -m smoke

# Runs the steps of the Dockerfile in a scratch folder, without a container engine. Installs every dependency again.
image-test: $(READY)
	TEST_AKAMAI_MCP_IMAGE=1 $(BIN)/python -m pytest -q tests/deployment/test_image.py

# Writes the settings into docs/configuration.md, .env.example and server.json, and the library into docs/programs.md.
docs: $(READY)
	$(BIN)/python tools/settings_docs.py
	$(BIN)/python tools/advice_docs.py
	$(BIN)/python tools/library_docs.py

# Writes the MCP bundle that desktop clients install with one click.
bundle: $(READY)
	$(BIN)/python tools/bundle.py build/akamai-mcp.mcpb

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python -m benchmarks.run

# Makes 200,000 mixed calls: memory, descriptors and connections must not grow. About ten minutes, at most twenty.
soak: $(READY)
	$(BIN)/python -m benchmarks.soak

# Sends a million hostile inputs through the path of a call, and 50,000 through MCP to the sandbox. The exit status says whether a promise broke.
fuzz: $(READY)
	PYTHONPATH=tests $(BIN)/python -m fuzzing

# Plants 200 faults in the modules that matter, one at a time, and says which no test notices. About an hour; the exit status is 1 below 97%.
mutants: $(READY)
	$(BIN)/python tools/mutants.py

# Measures one, two and three replicas behind nginx with Redis, then kills one. Needs redis-server, nginx and wrk; at most four minutes.
load: $(READY)
	$(BIN)/python -m benchmarks.load

# Runs the suite and the inspector of the MCP project. Needs npm; downloads them into build/conformance.
conformance: $(READY)
	$(BIN)/python tools/mcp_conformance.py

# Sends real MCP clients through one scenario and writes docs/clients-tested.md. Needs npm; downloads the clients into build/clients.
# `make clients ONLY="fastmcp mcpo"` drives these alone and writes nothing.
clients: $(READY)
	$(BIN)/python -m clients.run $(ONLY)

eval: $(READY)
	$(BIN)/python -m benchmarks.evaluate_search --check

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
