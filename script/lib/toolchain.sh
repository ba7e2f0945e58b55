# Sourced after common.sh: which compiler builds which half, and how to call it.
# shellcheck shell=bash
#
# The native half takes the first Rust on PATH that is new enough (usually rustup's), else Debian's.
# The browser half takes the same one where it has the wasm32 target, else Debian's, for which script/setup
# builds the target's standard library. Each half has a target directory of its own.

RUST_MINIMUM=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
WASM_TARGET=wasm32-unknown-unknown
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$RAPPORT_CACHE/target}"
WASM_TARGET_DIR="${WASM_TARGET_DIR:-$RAPPORT_CACHE/target-wasm}"
export PATH="$TOOLS/bin:$PATH"
[ -d "$HOME/.cargo/bin" ] && export PATH="$PATH:$HOME/.cargo/bin" # just installed: not on PATH yet

rust_version() { "$1" --version 2>/dev/null | sed -n 's/^rustc \([0-9.]*\).*/\1/p'; }

# new_enough RUSTC: it runs, and is not older than the workspace's rust-version.
new_enough() {
  local version
  version=$(rust_version "$1") || return 1
  [ -n "$version" ] && [ "$(printf '%s\n%s\n' "$RUST_MINIMUM" "$version" | sort -V | head -n 1)" = "$RUST_MINIMUM" ]
}

# has_wasm RUSTC: its standard library for the browser is there.
has_wasm() {
  local libraries
  libraries=$("$1" --print target-libdir --target "$WASM_TARGET" 2>/dev/null) || return 1
  compgen -G "$libraries/libstd-*.rlib" >/dev/null
}

# has_source RUSTC: a release builds the browser's standard library with the app.
has_source() { [ -f "$("$1" --print sysroot)/lib/rustlib/src/rust/library/std/Cargo.toml" ]; }

# Sets NATIVE_* and WASM_*; empty where there is none yet.
find_toolchains() {
  NATIVE_CARGO='' NATIVE_RUSTC='' WASM_CARGO='' WASM_RUSTC=''
  local rustc cargo
  for rustc in "$(command -v rustc || true)" /usr/bin/rustc; do
    [ -n "$rustc" ] && [ -x "$rustc" ] || continue
    cargo="$(dirname "$rustc")/cargo"
    [ -x "$cargo" ] && new_enough "$rustc" || continue
    if [ -z "$NATIVE_RUSTC" ]; then NATIVE_RUSTC=$rustc NATIVE_CARGO=$cargo; fi
    if [ -z "$WASM_RUSTC" ] && has_wasm "$rustc"; then WASM_RUSTC=$rustc WASM_CARGO=$cargo; fi
  done
}

# Runs a command with the native half's tools first on PATH; RUSTC is left alone, some build scripts watch it.
native_env() {
  local bin
  bin=$(dirname "$NATIVE_CARGO")
  if [ "$(command -v cargo)" = "$NATIVE_CARGO" ]; then "$@"; else PATH="$bin:$PATH" "$@"; fi
}

# The same for the browser half.
wasm_env() {
  PATH="$(dirname "$WASM_CARGO"):$PATH" RUSTC="$WASM_RUSTC" CARGO_TARGET_DIR="$WASM_TARGET_DIR" "$@"
}

native_cargo() { native_env "$NATIVE_CARGO" "$@"; }
wasm_cargo() { wasm_env "$WASM_CARGO" "$@"; }

# `cargo clippy` would run the clippy of whichever toolchain ~/.cargo/bin holds; asked directly, it is the compiler's own.
native_clippy() { native_env env CARGO="$NATIVE_CARGO" "$(dirname "$NATIVE_CARGO")/cargo-clippy" clippy "$@"; }
wasm_clippy() { wasm_env env CARGO="$WASM_CARGO" "$(dirname "$WASM_CARGO")/cargo-clippy" clippy "$@"; }

# Cargo asks times alone whether a source changed, and takes the same crate of two clones for one: what another clone built in
# the shared target directories would pass for this one's. When the clone changes, its sources are newer than all that was built.
claim_targets() {
  local mark="$CARGO_TARGET_DIR/.checkout"
  if fresh "$mark" "$ROOT"; then return; fi
  local parts=(Cargo.toml app bench domain frontend server)
  find "${parts[@]}" -type f -not -path '*/node_modules/*' -print0 | xargs -0 touch -c
  mkdir -p "$CARGO_TARGET_DIR"
  printf '%s' "$ROOT" >"$mark"
}

need_toolchains() {
  find_toolchains
  claim_targets
  if [ -z "$NATIVE_CARGO" ] || [ -z "$WASM_CARGO" ]; then die "no Rust compiler for both halves" "run script/setup"; fi
}
