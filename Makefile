# The everyday commands. Everything they need is set up below this directory: .venv, node_modules, .tools, var.
PYTHON ?= python3
GONGYI = .venv/bin/python -m gongyi

.PHONY: run test lint lock bench doctor setup clean

run: ## set up everything and serve the demo on http://127.0.0.1:8000/
	@"$(PYTHON)" tools/setup.py run
	@GONGYI_DEMO="$${GONGYI_DEMO-1}" GONGYI_PARENT="$$PPID" exec $(GONGYI) run

test: ## set up everything, lint, and pass all tests; ARGS="-k booking" chooses
	@"$(PYTHON)" tools/setup.py test
	@exec .venv/bin/python tools/test.py $(ARGS)

lint: ## the checks of `make test` without its tests
	@"$(PYTHON)" tools/setup.py test
	@exec .venv/bin/python tools/lint.py

bench: ## measure and save a table
	@"$(PYTHON)" tools/setup.py test
	@exec $(GONGYI) bench $(ARGS)

doctor: ## tell in plain words what is missing
	@exec $(GONGYI) doctor

setup: ## everything `make run` needs, without running
	@"$(PYTHON)" tools/setup.py run

lock: ## choose new versions of all packages
	@"$(PYTHON)" tools/setup.py test
	@exec .venv/bin/python tools/lock.py

clean: ## remove what the commands above have set up; the data in var stays
	rm -rf .venv node_modules .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
