# CityHall 市政廳. Python 3.11+ and make are all that is needed; everything else is fetched into .venv and build/.
# The system's own Python where it is new enough and can make environments: distributions build theirs for speed, and one
# that was compiled plainly takes half as long again for all that follows. Else the first on the path that is new enough.
SYSTEM_PYTHON := /usr/bin/python3
PYTHON ?= $(shell $(SYSTEM_PYTHON) -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  && echo $(SYSTEM_PYTHON) && exit; for one in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$one && break; done)
PORT ?= 8000
export PORT
# Hundreds of short programs are started by the tests: each would compile all of its modules anew.
unexport PYTHONDONTWRITEBYTECODE
CITYHALL := .venv/bin/cityhall
BOOTSTRAP = $(or $(PYTHON),$(error ✗ Python 3.11 or newer is needed and none was found: install it, or name one, as in `make run PYTHON=/opt/python3.12/bin/python3`)) src/cityhall/project/bootstrap.py

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint security mutation where lock messages clean-demo

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## the environment in .venv and the built assets
	@$(BOOTSTRAP) run

run: export CITYHALL_DEMO = 1
run: export CITYHALL_DATA_DIR = data/demo
run: ## the demo city at http://localhost:8000 (PORT= changes the port)
	@$(BOOTSTRAP) run $(PORT)
	@exec $(CITYHALL) demo start

test: ## all tests on SQLite and PostgreSQL, with the browser
	@$(BOOTSTRAP) test
	@.venv/bin/python -m tests.run

check: ## what the build runs: lint, types, contracts, tests
	@$(BOOTSTRAP) test
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory test

lint: ## style, types, import contracts, migrations, translations
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(CITYHALL) makemigrations --check --dry-run
	$(CITYHALL) messages check

security: ## look for weaknesses: in the sources and in a running demo city (docs/security.md)
	@.venv/bin/python -m tests.security.run

mutation: ## change the rules one by one and see whether a test notices (docs/testing.md)
	@.venv/bin/python -m tests.mutation.run

where: ## from words to code: make where Q="1 日內初步回復"
	@$(CITYHALL) where "$(Q)"

messages: ## collect new screen texts into the translation files
	$(CITYHALL) messages extract

lock: ## renew the lock files from requirements/*.in
	@for part in run dev node tools/semgrep tools/secrets tools/wapiti tools/sqlmap tools/mutmut tools/oc4ids tools/spark tools/pygeoapi; do .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --native-tls -q \
	  requirements/$$part.in -o requirements/$$part.lock; done

clean-demo: ## forget the demo city; the next `make run` makes it anew
	rm -rf data/demo
