# Every target uses the virtual environment of the README's first command.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: venv test lint types contracts wheel reviews pages bench static-accuracy memory-exactness two-environments coverage conformance rule-precision rules gate-demo options calibration canonical schema ci

venv:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -c constraints.txt -e '.[test,dev]'

test:
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

contracts:
	$(BIN)/lint-imports

wheel:
	rm -rf dist
	$(BIN)/python -m build

# The committed reviews, every target of reviews/targets.txt measured anew: an hour or more.
reviews:
	$(BIN)/pip install --quiet --no-deps --target .held-out -r benchmarks/static_accuracy/requirements.txt
	DS_BUILD_OPS=0 $(BIN)/pip install --quiet --no-deps --no-build-isolation --target .held-out -r benchmarks/coverage/requirements.txt
	$(BIN)/python -m benchmarks.gallery --beside .held-out

# Their pages and the index, from the records: seconds.
pages:
	$(BIN)/python -m benchmarks.gallery --pages

bench:
	$(BIN)/python benchmarks/startup.py

# How right the reading of the source is, against what the optimizers do when they run: minutes.
static-accuracy:
	$(BIN)/pip install --quiet --no-deps --target .held-out -r benchmarks/static_accuracy/requirements.txt
	$(BIN)/python -m benchmarks.static_accuracy --held-out .held-out

# How exact the simulated memory is, against runs on shapes that the simulator was not made with: an hour.
memory-exactness:
	$(BIN)/pip install --quiet --no-deps --target .held-out -r benchmarks/static_accuracy/requirements.txt
	$(BIN)/python -m benchmarks.memory_exactness --held-out .held-out

# How many optimizers can be driven, and whether the printed recipes run: half an hour, most of it installing.
coverage:
	$(BIN)/pip install --quiet --no-deps --target .held-out -r benchmarks/static_accuracy/requirements.txt
	DS_BUILD_OPS=0 $(BIN)/pip install --quiet --no-deps --no-build-isolation --target .held-out -r benchmarks/coverage/requirements.txt
	$(BIN)/python -m benchmarks.coverage --held-out .held-out

# What every probe answers of every optimizer of the packages that the tests use, and what asking costs: an hour.
conformance:
	$(BIN)/python -m benchmarks.conformance $(foreach each,torch pytorch_optimizer torch_optimizer adabelief-pytorch dadaptation lion-pytorch schedulefree,--only $(each))

# The same pages in two fresh environments: minutes.
two-environments:
	bash benchmarks/two_environments.sh

# Hits of every rule in real packages, beside the verdicts from reading them.
rule-precision:
	$(BIN)/python benchmarks/rule_precision/report.py

# How many update rules are extracted and proven, and what that takes: half an hour.
rules:
	$(BIN)/pip install --quiet --no-deps --target .held-out -r benchmarks/static_accuracy/requirements.txt
	DS_BUILD_OPS=0 $(BIN)/pip install --quiet --no-deps --no-build-isolation --target .held-out -r benchmarks/coverage/requirements.txt
	$(BIN)/python -m benchmarks.rules --held-out .held-out

# Changes of a small project, checked with the action's own steps, and one regression of each kind: minutes.
gate-demo:
	$(BIN)/python -m benchmarks.gate.demo
	$(BIN)/python -m benchmarks.gate.kinds

# Which constructor parameters optimizers have in common, from the packages that the tests install.
options:
	$(BIN)/python -m benchmarks.options

# Control points and places of scores, from the figures that are kept: a second. To measure anew: --keep FOLDER.
calibration:
	$(BIN)/python -m benchmarks.calibration

# The rules of the catalogue's implementations, and how far each was from the older ones: ten minutes.
canonical:
	$(BIN)/python -m benchmarks.canonical
	$(BIN)/python -m benchmarks.canonical.novelty

schema:
	$(BIN)/python -m optreview.schema

# Everything that a change must pass, from a fresh virtual environment.
ci:
	bash .ci/run
