# Two commands are all a newcomer needs: `make run` and `make test`.
#
# PYTHON   interpreter for a new environment, 3.11 or newer; of several the first that will do is taken
# EXTRAS   what `make run` installs besides the core: "deep" (torch; large) and "demo"; EXTRAS= leaves both out
# ARGS     handed to pytest: make test ARGS="tests/library -x"

PYTHON ?= python3.12 python3.11 python3.13 python3.14 python3
EXTRAS ?= deep,demo
TEST_EXTRAS = deep,demo,dev
ARGS ?=

VENV = .venv
BIN = $(VENV)/bin
comma = ,
stamp = $(VENV)/.installed$(if $(1),-$(subst $(comma),-,$(1)))
RUN_STAMP := $(call stamp,$(EXTRAS))
TEST_STAMP := $(call stamp,$(TEST_EXTRAS))

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore

.PHONY: run test check format constraints
.PHONY: check-format check-lint check-types check-layers check-dependencies check-templates check-django check-deploy

run: $(RUN_STAMP)
	@exec $(BIN)/python manage.py serve

test: $(TEST_STAMP)
	$(BIN)/python -m pytest $(ARGS)

check: check-format check-lint check-types check-layers check-dependencies check-templates check-django check-deploy

check-format: $(TEST_STAMP)
	$(BIN)/ruff format --check .

check-lint: $(TEST_STAMP)
	$(BIN)/ruff check .

check-types: $(TEST_STAMP)
	$(BIN)/mypy

check-layers: $(TEST_STAMP)
	$(BIN)/lint-imports

check-dependencies: $(TEST_STAMP)
	$(BIN)/deptry .

check-templates: $(TEST_STAMP)
	git ls-files -z -- '*.html' | xargs -0r $(BIN)/djade --target-version 5.2 --check

check-django: export DJANGO_SETTINGS_MODULE = semblance.settings.test
check-django: $(TEST_STAMP)
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run

check-deploy: export DJANGO_SETTINGS_MODULE = semblance.settings.production
check-deploy: export SEMBLANCE_SECRET_KEY = only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH
check-deploy: export SEMBLANCE_ALLOWED_HOSTS = semblance.example
check-deploy: export DATABASE_URL = postgresql://semblance@localhost/semblance
check-deploy: $(TEST_STAMP)
	$(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(TEST_STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	git ls-files -z -- '*.html' | xargs -0r $(BIN)/djade --target-version 5.2

# Installed versions become the pinned ones: remove .venv and constraints.txt, `make test`, then this.
constraints: $(TEST_STAMP)
	$(BIN)/python -m pip freeze --exclude-editable > constraints.txt

$(BIN)/python:
	@for python in $(PYTHON); do \
		if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec "$$python" -m venv $(VENV); \
		fi; \
	done; \
	echo "Semblance needs Python 3.11 or newer with its venv package (Debian: python3-venv):" \
		"install them, or name one with make PYTHON=/path/to/python3." >&2; exit 2

$(RUN_STAMP): INSTALL = $(EXTRAS)
$(TEST_STAMP): INSTALL = $(TEST_EXTRAS)
$(sort $(RUN_STAMP) $(TEST_STAMP)): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Semblance$(if $(INSTALL), with $(INSTALL)); the first time takes minutes."
	$(BIN)/python -m pip install --constraint constraints.txt --editable '.$(if $(INSTALL),[$(INSTALL)])'
	@touch $@
