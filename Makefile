# Two commands: `make demo` shows what zsync does, `make test` runs everything CI runs.
# Either needs Python 3.11 or newer and nothing else, and keeps to ./.venv.
#     make demo PYTHON=python3.13   picks the interpreter
#     make pytest ARGS="-k plan"    passes arguments on to pytest

.NOTPARALLEL:
.PHONY: help demo test style types pytest bench lock fmt clean
export PYTHON
bin := .venv/bin

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*##/make \1\t/p' $(MAKEFILE_LIST)

demo:  ## the whole story on the bundled CRM: validate, plan, apply, drift, put right
	@.ci/venv run
	@$(bin)/zsync demo

test: style types pytest  ## everything CI runs: ruff, mypy, pytest with branch coverage

style:  ## ruff check and ruff format --check
	@.ci/venv dev
	@$(bin)/ruff check .
	@$(bin)/ruff format --check .

types:  ## mypy --strict
	@.ci/venv dev
	@$(bin)/mypy

pytest:  ## the tests alone, with branch coverage, a worker on each core
	@.ci/venv dev
	@$(bin)/pytest --numprocesses auto --dist loadfile --cov --cov-report=term $(ARGS)

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
	rm -rf .venv .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
