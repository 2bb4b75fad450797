# Two commands do everything on a fresh machine with Python 3.11, pip and make: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
MHL    := .venv-ascmhl
PIP    := $(PYTHON) -m pip --disable-pip-version-check --quiet

# System packages that some tests need: real file systems on loop devices, FUSE for those that fail by rule, an
# independent B2 client, age and exiftool as referees, real NAS servers (by SMB and NFS within a machine of their own, and by
# SSH), darktable, whose library an adapter reads, and a browser: with what they need, the largest of them.
# gcc: only where the machine within needs a helper for the processor (tests/faults/machine/wide_registers.c).
# SYSTEMD_OFFLINE: none of these servers is to begin to serve on the machine where the tests run.
TEST_PACKAGES := e2fsprogs mount xfsprogs btrfs-progs exfat-fuse exfatprogs fuse3 libfuse3-3 rclone \
  user-mode-linux kmod iproute2 procps samba cifs-utils nfs-kernel-server nfs-common rpcbind sshfs openssh-server \
  libimage-exiftool-perl darktable systemd age chromium fonts-dejavu-core ffmpeg dbus \
  $(if $(shell grep -m1 -o amx_tile /proc/cpuinfo 2>/dev/null),gcc libc6-dev)

.PHONY: demo test test-faults coverage mutants lint types imports format bench clean

demo: $(VENV)/installed
	$(BIN)/safelight demo

test: ready
	$(BIN)/coverage erase
	$(MAKE) --no-print-directory --keep-going -j4 $(LANES:%=lane-%)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=$(DECIDED) --skip-covered --skip-empty

# All that stands before the tests, side by side: much of it waits for the network.
.PHONY: ready
ready:
	$(MAKE) --no-print-directory -j4 --output-sync=target system-packages $(MHL)/installed lint types imports

# One process for each, so that none holds thousands of tests in memory; what it says is shown when it ends. What is in no
# lane's variable is a file `every_...`, which tells what it went through.
lane-%:
	@env --default-signal=INT $(if $(filter $*,$(COUNTED)),$(BIN)/coverage run --source=$(DECIDING),$(BIN)/python) \
	  -m pytest --durations=15 $(or $($*),-s $(filter %/every_$*.py,$(EVERY))) > .lane-$*.log 2>&1; ended=$$?; \
	  cat .lane-$*.log; rm .lane-$*.log; exit $$ended

# How much of everything the tests go through: half as long again as the tests.
coverage: $(VENV)/installed-dev $(MHL)/installed system-packages
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest tests $(BESIDE:%=--ignore=%)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=$(COVERAGE) --skip-covered --skip-empty

# What takes too long for every change: each call that changes a disk as a crash point, each protection switched off
# once, power cuts, the line to the cloud, large cards, real NAS servers, more of the fuzzer.
test-faults: $(VENV)/installed-dev $(MHL)/installed system-packages
	$(MAKE) --no-print-directory --keep-going -j3 $(NIGHT:%=lane-%)

# The longest first; three at a time, since some wait for servers and clocks.
EVERY := $(wildcard tests/*/every_*.py tests/faults/sabotage/every_*.py)
LONG := crash_point sabotage power_cut
NIGHT := $(LONG) $(filter-out $(LONG),$(patsubst every_%.py,%,$(notdir $(EVERY))))

# The gate, the plan and the ledger's transactions with one place broken at a time (files: [tool.mutmut] in
# pyproject.toml): what no test sees must stand in tests/mutants/SURVIVORS.md.
mutants: $(VENV)/installed-mutants
	$(BIN)/python tests/mutants/survivors.py

# Four at a time, since many wait for clocks and browsers more than they reckon; the longest first. To count lines costs a
# third of the time: at every change it is done where something is decided, whose own tests are in these two; of
# everything by `make coverage`, without the crashes, browsers and the like, which go ways that the others have gone.
LANES := sessions_too cloud watching sessions deciding faults live others breaking card faces measuring
COUNTED := deciding others
faults := tests/faults
live := $(wildcard tests/web/test_live_*.py)
# Whole sessions in two, since they take the longest.
sessions_too := $(wildcard tests/session/test_*_[n-z]*.py)
sessions := $(filter-out $(sessions_too),$(wildcard tests/session/test_*.py))
watching := tests/watch tests/setup tests/sheets
deciding := tests/plan tests/gate tests/ledger tests/tagging tests/manifest tests/config tests/catalog_adapters
cloud := tests/cloud tests/copying
card := tests/card tests/card_scan tests/disk
faces := tests/cli tests/certificates tests/notices
breaking := tests/fuzz tests/acceptance tests/test_data_safety.py tests/docs
measuring := tests/benchmarks
named := $(faults) $(live) $(sessions) $(sessions_too) $(watching) $(deciding) $(cloud) $(card) $(faces) $(breaking) $(measuring)
others := tests $(named:%=--ignore=%)
BESIDE := $(faults) $(live) $(breaking)

# Lines and branches together; subprocesses (the command itself) are not counted, so the true figure is higher.
COVERAGE := 90
DECIDING := ingest/model,ingest/plan,ingest/gate,ingest/ledger,ingest/tagging,ingest/manifest,ingest/config,catalog_adapters
DECIDED := 97

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-dev
	$(BIN)/mypy

imports: $(VENV)/installed-dev
	$(BIN)/lint-imports --no-cache

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The peers that Safelight is measured beside; as root they are installed, else the missing ones are named as left out.
BENCH_PACKAGES := e2fsprogs mount rsync rclone xxhash chromium

bench: $(VENV)/installed-bench
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! dpkg -s $(BENCH_PACKAGES) >/dev/null 2>&1; then \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $(BENCH_PACKAGES) >/dev/null; \
	fi
	$(BIN)/python -m benchmarks

# `venv --without-pip` and `pip --python` work also where Debian's python3-venv is not installed.
$(VENV)/bin/python:
	$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --python $(BIN)/python install -c constraints.txt -e .
	touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --python $(BIN)/python install -c constraints.txt -e '.[dev]'
	touch $(VENV)/installed $@

$(VENV)/installed-bench: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --python $(BIN)/python install -c constraints.txt -e '.[bench]'
	touch $(VENV)/installed $@

$(VENV)/installed-mutants: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --python $(BIN)/python install -c constraints.txt -e '.[dev,mutants]'
	touch $(VENV)/installed $(VENV)/installed-dev $@

# The reference tool of ASC MHL pins an old Click, so it lives in an environment of its own; tests use it as referee.
$(MHL)/installed: Makefile
	test -x $(MHL)/bin/python || $(PYTHON) -m venv --without-pip $(MHL)
	$(PIP) --python $(MHL)/bin/python install 'ascmhl==1.2'
	touch $@

.PHONY: system-packages
system-packages:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  missing=$$(for p in $(TEST_PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	  if [ -n "$$missing" ]; then \
	    apt-get -qq update && SYSTEMD_OFFLINE=1 DEBIAN_FRONTEND=noninteractive \
	      apt-get -qq install -y --no-install-recommends $$missing >/dev/null; \
	  fi; \
	else \
	  echo "not root: tests that need system packages are listed at the end as not run"; \
	fi

clean:
	rm -rf $(VENV) $(MHL) mutants .cache .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
