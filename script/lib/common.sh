# Sourced by every script: where things are, how progress is told, how a failure ends.
# shellcheck shell=bash
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT"

# Tools and build results live outside the checkout, so that a second clone on the same machine is fast.
export RAPPORT_CACHE="${RAPPORT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rapport}"
TOOLS="$RAPPORT_CACHE/tools"
# What belongs to this checkout alone (its programs, its site): several clones share one cache.
CHECKOUT="$RAPPORT_CACHE/checkouts/$(basename "$ROOT")-$(printf %s "$ROOT" | sha256sum | cut -c1-8)"
mkdir -p "$TOOLS/bin" "$CHECKOUT"

# An exported RUSTFLAGS replaces the flags of .cargo/config.toml, which the build needs.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS

if [ -t 1 ]; then BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' PLAIN=$'\e[0m'; else BOLD='' DIM='' RED='' PLAIN=''; fi
STEP='' HINT=''

say() { printf '%s\n' "${BOLD}$*${PLAIN}"; }
note() { printf '%s\n' "${DIM}  $*${PLAIN}"; }
have() { command -v "$1" >/dev/null 2>&1; }

clock() { # SECONDS: 75 → 1 min 15 s
  if [ "$1" -ge 60 ]; then printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); else printf '%d s' "$1"; fi
}

# step NAME HINT COMMAND…: runs the command, tells its time; on failure the HINT says what to do.
# The command is not run inside a condition, so `set -e` stays in force within functions.
step() {
  STEP=$1 HINT=$2
  shift 2
  local start=$SECONDS
  say "▸ $STEP"
  "$@"
  note "$STEP: $(clock $((SECONDS - start)))"
  STEP='' HINT=''
}

# die MESSAGE [HINT]: ends with a reason and a way on.
die() {
  printf '\n%s\n' "${RED}${BOLD}✗ $1${PLAIN}" >&2
  if [ -n "${2:-}" ]; then printf '  What to do: %s\n' "$2" >&2; fi
  STEP=''
  exit 1
}

# Runs at every exit: names the step that failed.
tell_failure() {
  local code=$?
  if [ "$code" -ne 0 ] && [ -n "$STEP" ]; then
    printf '\n%s\n' "${RED}${BOLD}✗ $STEP failed (exit $code)${PLAIN}" >&2
    if [ -n "$HINT" ]; then printf '  What to do: %s\n' "$HINT" >&2; fi
  fi
}
trap tell_failure EXIT

# One hash over the names and contents of the source files under the given paths; ignored files don't count.
hash_of() {
  local path present=()
  for path in "$@"; do if [ -e "$path" ]; then present+=("$path"); fi; done
  if [ "${#present[@]}" = 0 ]; then echo none; return; fi
  {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
      git ls-files -z --cached --others --exclude-standard -- "${present[@]}"
    else
      find "${present[@]}" -type f -not -path '*/node_modules/*' -not -path '*/target/*' -print0
    fi
  } | sort -zu | { xargs -0 sha256sum 2>/dev/null || true; } | sha256sum | cut -c1-20 # a deleted file is no error
}

# fresh STAMP HASH: was this already done with exactly these inputs?
fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif have sudo; then sudo "$@"; else
    die "this needs root: $*" "run it as root, or install sudo"
  fi
}

# One set-up at a time on a machine: two would write the same tools.
locked() { # LOCKFILE COMMAND…
  local lock=$1
  shift
  exec 9>"$lock"
  if have flock; then flock 9; fi
  "$@"
  exec 9>&-
}
