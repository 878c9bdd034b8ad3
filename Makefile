# make demo · make test · make bench · make lint: each does its own set-up first.

DESTDIR ?=
PREFIX ?= /usr
SYSCONFDIR ?= /etc
KERNEL ?=
PEER ?=
PYTHON = .venv/bin/python

.PHONY: setup test quick lint demo bench proof swarm fuzz docs install clean

setup:
	@scripts/setup

# Everything, in less than a quarter of an hour; as root nothing may be skipped.
test: setup
	@scripts/test

# The part that needs neither root nor patience: under a minute.
quick: setup
	@scripts/test quick

lint: setup
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

# KERNEL=uml: inside User-Mode Linux on real IPVS. PEER=keepalived: real keepalived on director 2.
demo: setup
	@KERNEL=$(KERNEL) PEER=$(PEER) $(PYTHON) -m demo

bench: setup
	@$(PYTHON) -m benchmarks

# Every mixed pair with keepalived and FRR, role and event, with a figure in each cell.
proof: setup
	@$(PYTHON) -m benchmarks matrix

# 100,000 networks that a seed draws, each with its misfortunes; a failing one is told as a story.
swarm: setup
	@nice -n 19 $(PYTHON) -m keepalived.sim.swarm 10000 109999

# 100,000 texts that nobody would write: each gets a verdict, within a second.
fuzz: setup
	@$(PYTHON) -m tests.property.fuzz

# Redraws what is drawn: the manual, the map in ARCHITECTURE.md, the page of differences.
docs: setup
	@$(PYTHON) scripts/draw_manual.py
	@$(PYTHON) scripts/draw_architecture.py
	@$(PYTHON) scripts/join_differences.py

install: setup
	@DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" SYSCONFDIR="$(SYSCONFDIR)" scripts/install

clean:
	rm -rf .venv .mypy_cache .ruff_cache .hypothesis .pytest_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
