# `make demo` shows what zsync does. Tests come in three tiers: `make test` is what a merge depends on, `make test-more` also needs
# package registries, `make nightly` takes its time. All need Python 3.11 or newer and nothing else, and keep to ./.venv.
#     make demo PYTHON=python3.13   picks the interpreter
#     make pytest ARGS="-k plan"    passes arguments on to pytest

.NOTPARALLEL:
.PHONY: help demo test test-more nightly mutants style types pytest unit coverage dist bench lock fmt clean
export PYTHON
# The tests start zsync many times: each would compile it anew.
unexport PYTHONDONTWRITEBYTECODE
ifeq ($(OS),Windows_NT)
bin := .venv/Scripts
else
bin := .venv/bin
endif
pytest := $(bin)/pytest --numprocesses auto --dist worksteal
# The tests that mirror a room of zsync, but for its command line: they need no shell, no signals and no other program.
rooms := $(wildcard $(patsubst zsync/%/,tests/%,$(filter-out zsync/cli/,$(wildcard zsync/*/))))

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##/make \1\t/p' $(MAKEFILE_LIST)

demo:  ## the whole story on the bundled CRM: validate, plan, apply, drift, put right
	@.ci/venv run
	@$(bin)/zsync demo

test: style types pytest  ## what a merge depends on: ruff, mypy, pytest; needs no network and no secret

test-more:  ## what needs package registries: other clients, the wheel and the sdist in bare environments
	@.ci/venv dev
	@$(pytest) -m more $(ARGS)

nightly:  ## what takes its time, at most an hour: all of what `make test` takes a covering part of, and a seventh of the mutants
	@.ci/venv dev
	@status=0; $(pytest) -m nightly $(ARGS) || status=1; $(bin)/python -m tests.mutants tonight || status=1; exit $$status

mutants:  ## change the code in small ways, and say which changes no test notices (SLICE=planning or 1 to 7; without it all, and a sample)
	@.ci/venv dev
	@$(bin)/python -m tests.mutants $(SLICE) $(ARGS)

style:  ## ruff check and ruff format --check
	@.ci/venv dev
	@$(bin)/ruff check .
	@$(bin)/ruff format --check .

types:  ## mypy --strict
	@.ci/venv dev
	@$(bin)/mypy

pytest:  ## the tests of `make test` alone, a worker on each core
	@.ci/venv dev
	@$(pytest) $(ARGS)

unit:  ## the part of them that runs on any system
	@.ci/venv dev
	@$(pytest) $(ARGS) $(rooms)

coverage:  ## the same as pytest, and how much of the code it runs, branch by branch
	@.ci/venv dev
	@$(pytest) --cov --cov-report=term $(ARGS)

dist:  ## the wheel, the sdist, and requirements.txt, which installs the wheel and all that it needs by hash
	@.ci/venv dev
	@rm -rf dist
	@$(bin)/python -m hatchling build --directory dist --target wheel --target sdist
	@{ echo "--find-links ."; \
	   echo "zsync-crm==$$($(bin)/python -m hatchling version) $$($(bin)/python -m pip hash dist/*.whl | tail -n 1)"; \
	   cat requirements.lock; } >dist/requirements.txt

bench:  ## plans 1k, 10k and 100k rows; prints CPU, memory, calls and the ratio to the floor
	@.ci/venv dev
	@$(bin)/python -m tests.benchmarks $(ARGS)

fmt:  ## rewrite the code in the house's format
	@.ci/venv dev
	@$(bin)/ruff check --fix .
	@$(bin)/ruff format .

# uv writes its command into the header; ours says how to make the file again and names no place on this machine. Extras stay in the
# lines, so that a lock holds even for who installs it with a tool that resolves.
compile := .venv/.uv/bin/uv pip compile --no-config --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	--custom-compile-command "make lock" $(ARGS)

lock:  ## pin every dependency anew, with hashes, for every platform (ARGS=--upgrade for newer ones)
	@.ci/venv dev
	@$(compile) --group installer --output-file .ci/uv.lock
	@$(compile) --extra emulator --group build --output-file requirements.lock pyproject.toml
	@$(compile) --extra emulator --extra otel --group dev --constraint requirements.lock --output-file tests/requirements.lock pyproject.toml

clean:  ## forget .venv and every cache
	rm -rf .venv .coverage .coverage.* .mutants .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
