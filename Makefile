# `make` lists the targets. On a fresh machine `make demo` and `make test` need nothing but Python 3.11 or newer, or uv.
.DEFAULT_GOAL := help

# The interpreter of .venv; by default the first that is new enough (tools/environment.sh).
PYTHON ?=
export PYTHON
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PRODUCT := $(VENV)/.product

# Tests run in several processes, one more than there are cores, since they wait for clocks and children a quarter of their time:
# `make test SPREAD=` runs them in one. `make test ORDER="-p randomly"` runs them in random order.
CORES := $(or $(shell getconf _NPROCESSORS_ONLN 2>/dev/null),1)
SPREAD ?= -n $(or $(filter 2 3 4 5 6 7,$(shell expr $(CORES) + 1)),8) --dist worksteal
ORDER ?=

# A pyenv shim answers only where its version is chosen, so each candidate is asked.
python = $(or $(shell python$(1) -c "import sys; print(sys.executable)" 2>/dev/null),$(lastword $(sort $(wildcard $(HOME)/.pyenv/versions/$(1).*/bin/python3))))
PYTHONS ?= $(foreach version,3.11 3.12 3.13 3.14,$(if $(call python,$(version)),$(version)))
NEWEST = $(lastword $(PYTHONS))
FOUND = $(shell PYTHON='$(PYTHON)' tools/environment.sh --which)
# The others than those of `make test` and `make test-newest`.
OTHERS = $(filter-out $(NEWEST) $(if $(wildcard $(FOUND)),$(shell $(FOUND) -c "import sys; print('%d.%d' % sys.version_info[:2])")),$(PYTHONS))

# The tests start the server many times: without bytecode each start would compile the package.
unexport PYTHONDONTWRITEBYTECODE
# Where the tests of the main behavior are: the others need not be collected for it.
SMOKE = $(shell grep -rl --include='*.py' 'pytest.mark.smoke' tests | grep -v test_wheel)

# A new virtual environment with the project and its tests: Python, folder, options of pip, `no` where a few tests need a third of the
# packages: compiling all of them takes six seconds.
define environment
rm -rf $(2)
COMPILE=$(4) PYTHON='$(1)' tools/environment.sh $(2) $(3) --editable . --group test
endef

# An environment whose Python is too old, or another than PYTHON names, is made again.
ifeq ($(shell [ -e $(VENV) ] && ! PYTHON='$(PYTHON)' tools/environment.sh --fits $(VENV) && echo no),no)
$(shell rm -f $(READY) $(PRODUCT))
endif

.PHONY: help demo test suite wheel-test coverage test-newest test-pythons test-other-pythons image-test chart-test check crashes docs picture site locks bundle bench owned \
	soak fuzz mutants load conformance clients eval clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): pyproject.toml constraints.txt
	tools/environment.sh $(VENV) --constraint constraints.txt --editable '.[programs]' --group dev
	touch $(READY)

# What a user installs, without the tools of development.
$(PRODUCT): pyproject.toml constraints.txt
	tools/environment.sh $(VENV) --constraint constraints.txt --editable '.[programs]'
	touch $(PRODUCT)

demo: $(if $(wildcard $(READY)),$(READY),$(PRODUCT)) ## run the main steps against a fake Akamai on this machine
	$(BIN)/akamai-mcp demo

test: $(READY) ## run every test, and the main behavior on the built wheel
	$(MAKE) --no-print-directory --jobs=2 suite wheel-test

suite: $(READY) ## run every test on the checkout
	$(BIN)/python -m pytest $(SPREAD) $(ORDER)

# Runs the main behavior, the tests marked smoke, on the built wheel, which is what gets published.
wheel-test: $(READY) ## run the main behavior on the built wheel
	rm -rf build/wheel && $(BIN)/python -m build --quiet --wheel --no-isolation --outdir build/wheel
	$(BIN)/python -m pip install --quiet --no-deps --target build/wheel/site build/wheel/*.whl
	PYTHONPATH=$(CURDIR)/build/wheel/site TEST_AKAMAI_MCP_WHEEL=$(CURDIR)/build/wheel/site $(BIN)/pytest -q -m smoke -p no:xdist \
		$(filter tests/server/% tests/cli/%,$(SMOKE)) tests/test_wheel.py

# Runs the tests with branch coverage, which slows them down.
coverage: $(READY) ## run the tests with branch coverage
	$(BIN)/python -m pytest $(SPREAD) --cov --cov-report=term:skip-covered

# Runs the tests on the newest Python here and the newest versions that pyproject.toml admits, which users of uvx get.
# `make test-newest ONLY=smoke` runs the main behavior alone.
test-newest: ## run the tests on the newest Python and the newest dependencies
	$(call environment,$(or $(call python,$(NEWEST)),$(FOUND)),build/newest,,$(if $(ONLY),no))
	build/newest/bin/python -m pytest -q $(SPREAD) $(if $(filter smoke,$(ONLY)),-m smoke $(SMOKE),$(ONLY))

# Runs the main behavior on each supported Python that is on the path or installed by pyenv.
test-pythons: $(PYTHONS:%=test-python-%) ## run the main behavior on each Python that is here

test-other-pythons: $(OTHERS:%=test-python-%)

test-python-%:
	$(call environment,$(call python,$*),build/python$*,--constraint constraints.txt,no)
	build/python$*/bin/python -m pytest -q $(SPREAD) -m smoke $(SMOKE)

# Runs the steps of the Dockerfile in a scratch folder, without a container engine. Installs every dependency again.
image-test: $(READY) ## run the steps of the Dockerfile in a scratch folder
	TEST_AKAMAI_MCP_IMAGE=1 $(BIN)/python -m pytest -q tests/deployment/test_image.py

# Writes the settings into docs/configuration.md, .env.example and server.json, and the library into docs/programs.md.
docs: $(READY) ## write settings, advice, programs, products and grants into the docs
	$(BIN)/python tools/settings_docs.py
	$(BIN)/python tools/advice_docs.py
	$(BIN)/python tools/library_docs.py
	$(BIN)/python tools/products_docs.py
	$(BIN)/python tools/clients_docs.py

# Kills the process at 200 drawn points of a run of 30 changes, and a replica or Redis at 40: about half an hour on two busy cores.
crashes: $(READY) ## kill runs at many random points and check that nothing is sent twice or lost
	CRASH_POINTS=200 CRASH_REPLICA_POINTS=40 UNDO_SHARE=1 \
		$(BIN)/python -m pytest -q -s --timeout 3000 tests/programs/test_crashes.py tests/programs/library/test_undo_walk.py

# Writes the MCP bundle that desktop clients install with one click.
bundle: $(READY) ## write the bundle that desktop clients install with one click
	$(BIN)/python tools/bundle.py build/akamai-mcp.mcpb

# Renders the Helm chart and compares it with the schemas of Kubernetes. Installs both, 350 MB, into build/chart.
chart-test: ## test the Helm chart with Helm's own renderer
	COMPILE=no tools/environment.sh build/chart --constraint constraints.txt --editable . --group test --group deploy
	build/chart/bin/python -m pytest -q -p no:xdist tests/deployment/test_chart.py

# Draws the README's picture from a run against the sandbox.
picture: $(READY) ## draw the picture of a session in the README
	$(BIN)/python tools/session_picture.py

# Builds the docs site into build/site and tests it. A warning, such as a dead link, is a failure. Needs Python 3.11.5.
site: $(READY) ## build and test the docs site
	tools/environment.sh $(VENV) --constraint constraints.txt --group docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	$(BIN)/python -m pytest -q -p no:xdist tests/project/test_site.py
	@echo "Wrote build/site/index.html"

# Writes the versions of constraints.txt with the hashes of their files, for the image and CI.
LOCK = $(if $(shell command -v uv),uv,$(error make locks needs uv)) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-strip-extras --constraint constraints.txt
locks: ## write locks/: versions and hashes for the image and CI
	mkdir -p locks
	$(LOCK) --python-version 3.11 --extra redis --extra metrics --extra otel --extra programs --output-file locks/image.txt pyproject.toml
	$(LOCK) --python-version 3.11 --group build --output-file locks/build.txt
	$(LOCK) --python-version 3.11 --all-extras --group test --group check --group build --output-file locks/ci.txt pyproject.toml
	$(LOCK) --python-version 3.12 --group docs --output-file locks/docs.txt

check: $(READY) ## run the linters, mypy and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/actionlint

bench: $(READY) ## measure speed and size (about five minutes)
	$(BIN)/python -m benchmarks.run

# Makes 200,000 mixed calls: memory, descriptors and connections must not grow. About ten minutes, at most twenty.
soak: $(READY) ## make 200,000 calls and watch memory and descriptors (ten minutes)
	$(BIN)/python -m benchmarks.soak

# Sends a million hostile inputs through the path of a call, and 50,000 through MCP to the sandbox. The exit status says whether a promise broke.
fuzz: $(READY) ## send a million hostile inputs through the path of a call
	PYTHONPATH=tests $(BIN)/python -m fuzzing

# Plants 200 faults in the modules that matter, one at a time, and says which no test notices. About an hour; the exit status is 1 below 97%.
mutants: $(READY) ## plant 200 faults and see which no test notices (an hour)
	$(BIN)/python tools/mutants.py

# Measures one, two and three replicas behind nginx with Redis, then kills one. Needs redis-server, nginx and wrk; at most four minutes.
load: $(READY) ## measure one to three replicas behind nginx with Redis
	$(BIN)/python -m benchmarks.load

# Runs the suite and the inspector of the MCP project. Needs npm; downloads them into build/conformance.
conformance: $(READY) ## run the MCP project's own test suite (needs npm)
	$(BIN)/python tools/mcp_conformance.py

# Sends real MCP clients through one scenario and writes docs/clients-tested.md. Needs npm; downloads the clients into build/clients.
# `make clients ONLY="fastmcp mcpo"` drives these alone and writes nothing.
clients: $(READY) ## run real MCP clients (needs npm)
	$(BIN)/python -m clients.run $(ONLY)

eval: $(READY) ## measure search
	$(BIN)/python -m benchmarks.evaluate_search --check

owned: $(READY) ## measure akamai_find on simulated accounts of 60 and 2,000 properties
	$(BIN)/python -m benchmarks.inventory --check

clean: ## remove what make has written
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
