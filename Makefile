STACK ?= local
# Tests wait more than they work.
WORKERS ?= $(shell echo $$(( 2 * $$(getconf _NPROCESSORS_ONLN) )))

.PHONY: up test down lint golden bench test-conformance test-kubernetes test-compose test-traefik lock docs clean

up:               ## the environment, the packages, then the stack (STACK=local): a registry that answers
	@python3 .make/environment.py && .venv/bin/dockyard up -s $(STACK) --yes
down:             ## removes what `up` made; images are kept, and it says where
	@python3 .make/environment.py && .venv/bin/dockyard destroy -s $(STACK) --yes
test: lint        ## everything that is tested
	@.venv/bin/python -m pytest -n $(WORKERS) --dist loadgroup -m "not benchmark"
lint:             ## style, types, spelling
	@python3 .make/environment.py --dev && .venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && .venv/bin/codespell
golden:           ## renders the golden cases anew
	@python3 .make/environment.py --dev && .venv/bin/python -m pytest tests/golden --golden
bench:            ## ratios, side by side; prints a table and writes build/bench.json
	@python3 .make/environment.py --dev && .venv/bin/python -m tests.benchmarks
test-conformance test-kubernetes test-compose test-traefik: ## OCI conformance; an API server; Docker; Traefik (built with Go)
	@python3 .make/environment.py --dev
	@$(if $(filter %kubernetes %compose %traefik,$@),.venv/bin/python .make/$(@:test-%=%).py)
	@.venv/bin/python -m pytest -m $(@:test-%=%)
docs:             ## the generated tables of README.md
	@python3 .make/environment.py --dev && .venv/bin/python .make/docs.py
lock:             ## resolves the lock files anew
	@.venv/bin/python .make/lock.py
clean:            ## removes the environment and what can be made again; state stays
	@rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
