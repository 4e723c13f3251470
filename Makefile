# `make test` passes every test; cargo fetches what they need.
.PHONY: test lint bench

test:
	cargo test --locked --workspace
	cargo test --locked --workspace --release
	cargo check --locked --lib --no-default-features

lint:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

bench:
	cargo bench --locked
