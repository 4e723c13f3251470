# `make test` passes every test; cargo fetches what they need.
.PHONY: test lint python docs notebooks bench instructions fuzz

test:
	cargo test --locked --workspace
	cargo test --locked --workspace --release
	cargo check --locked --lib --no-default-features
	$(MAKE) python
	$(MAKE) docs

# The Python package: its wheel in an environment of its own, its tests, the numbers of the command beside.
# Needs Python 3.11 or newer; what it makes stays in target/python. The page of a run is tested in Chromium where it
# and its driver are installed; WATTSHIFT_BROWSER=required makes their absence a failure.
PYTHON ?= python3
BUILT := $(or $(CARGO_TARGET_DIR),target)
VENV := $(BUILT)/python/venv

$(VENV)/ready: python/requirements-test.txt
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

python: $(VENV)/ready
	cargo build --locked --release --bin wattshift
	rm -rf $(BUILT)/python/wheels
	$(VENV)/bin/maturin build --quiet --locked --release --manifest-path python/Cargo.toml \
		--interpreter $(VENV)/bin/python --out $(BUILT)/python/wheels
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --force-reinstall \
		$(BUILT)/python/wheels/*.whl
	WATTSHIFT_COMMAND=$(abspath $(BUILT)/release/wattshift) $(VENV)/bin/pytest -c python/pyproject.toml \
		--import-mode=importlib python/tests
	$(VENV)/bin/pytest -c python/pyproject.toml --doctest-modules --pyargs wattshift

# The site, in target/docs: these pages, the notebooks, the functions of the package that `make python` has installed.
docs: $(VENV)/ready
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r docs/requirements.txt
	$(VENV)/bin/sphinx-build --quiet --fail-on-warning --keep-going -d $(BUILT)/python/doctrees \
		-c docs . $(BUILT)/docs
	@echo "the site begins at $(BUILT)/docs/docs/index.html"

# Executes the notebooks in place with the package that `make python` has installed, whose tests tell if they need it.
# NOTEBOOKS="notebooks/1_from_your_csv_to_the_distribution.ipynb" does one alone.
notebooks: $(VENV)/ready
	$(VENV)/bin/python notebooks/refresh.py $(NOTEBOOKS)

lint:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

# Measures; ONCE=1 runs each benchmark once, to see that it runs.
bench:
	cargo bench --locked --workspace $(if $(ONCE),-- --test)

# Instructions of the engine's parts against benches/instructions.csv, where valgrind is installed.
# BLESS=1 writes that file anew.
instructions:
	cargo bench --locked --workspace --bench instructions -- $(if $(BLESS),--bless)

# libFuzzer on stable Rust: the compiler's own coverage, no sanitizer, as the code is safe.
# What is found beyond the corpus is kept in fuzz/found, what crashes in fuzz/crashes.
FUZZ_SECONDS ?= 60
FUZZ_TARGET := $(shell rustc -vV | sed -n 's/^host: //p')
FUZZ_FLAGS := -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
	-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
	-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Ccodegen-units=1

fuzz:
	RUSTFLAGS="$(FUZZ_FLAGS)" cargo build --locked --release --manifest-path fuzz/Cargo.toml \
		--target $(FUZZ_TARGET)
	mkdir -p fuzz/found/series fuzz/found/study fuzz/crashes
	for target in series study; do \
		fuzz/target/$(FUZZ_TARGET)/release/$$target fuzz/found/$$target fuzz/corpus/$$target \
			tests/bad_inputs -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -timeout=10 \
			-rss_limit_mb=2048 -artifact_prefix=fuzz/crashes/ -print_final_stats=1 || exit 1; \
	done
