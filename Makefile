# Needs Python 3.11 or newer, make and pip; everything else is installed into .venv.
#
#   make demo     the whole product with simulated chargers     DEMO="--port 8100 --no-browser"
#   make test     the tests                                     TEST="tests/demo -k keeper"
#   make check    format, lint, types, migrations, import rules
#   make bench    the benchmarks                                BENCH="…"

PYTHON ?= python3
RUN := .venv/bin/python

# A stamp carries the checksum of what was installed: a changed list is installed, an unchanged one is not looked at.
checksum = $(shell cksum < $(1) | cut -d' ' -f1)
INSTALLED := .venv/.installed-$(call checksum,requirements.txt)
INSTALLED_DEV := .venv/.installed-dev-$(call checksum,requirements-dev.txt)

.PHONY: demo test check bench

demo: $(INSTALLED)
	@exec $(RUN) manage.py demo $(DEMO)

test: $(INSTALLED_DEV)
	@exec $(RUN) -m pytest $(TEST)

check: export CSMS_DEMO_DIR := $(CURDIR)/.test-services
check: $(INSTALLED_DEV)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(RUN) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
	$(RUN) manage.py check
	$(RUN) manage.py makemigrations --check --dry-run

bench: $(INSTALLED_DEV)
	@exec $(RUN) -m benchmarks $(BENCH)

$(INSTALLED):
	@PYTHON='$(PYTHON)' .ci/install requirements.txt 'about a minute'
	@rm -f .venv/.installed-* && touch $@

$(INSTALLED_DEV):
	@PYTHON='$(PYTHON)' .ci/install requirements-dev.txt 'about two minutes'
	@rm -f .venv/.installed-* && touch $@ $(INSTALLED)

# An environment whose Python is gone (the system's was upgraded, the folder was copied) is made anew.
ifneq ($(shell $(RUN) -c 'print("runs")' 2>/dev/null),runs)
.PHONY: $(INSTALLED) $(INSTALLED_DEV)
endif
