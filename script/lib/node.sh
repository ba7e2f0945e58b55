# Sourced after common.sh: Node, the tools it runs, and the browser of the tests.
# shellcheck shell=bash

NODE_MINIMUM=20  # Playwright's
NODE_PACKAGE=22  # what script/setup installs where the system's is older
NODE_TOOLS="$TOOLS/node-$(sha256sum <script/lib/node/package-lock.json | cut -c1-12)"

# Sets NODE; empty where none is new enough.
find_node() {
  NODE=''
  local candidate
  for candidate in "$(command -v node || true)" "$TOOLS"/node-runtime/node_modules/node-linux-*/bin/node; do
    if [ -x "$candidate" ] && [ "$("$candidate" -p 'process.versions.node.split(".")[0]')" -ge "$NODE_MINIMUM" ]; then
      NODE=$candidate
      # Only our own goes first on PATH: /usr/bin there would hide rustup's compiler.
      case "$candidate" in "$TOOLS"/*) PATH="$(dirname "$candidate"):$PATH" ;; esac
      return
    fi
  done
}

# The Chromium to test with; nothing printed where there is none.
chromium_path() {
  local candidate
  for candidate in "${RAPPORT_CHROMIUM:-}" /usr/bin/chromium /usr/bin/google-chrome "$HOME"/.cache/ms-playwright/chromium-*/chrome-linux*/chrome; do
    if [ -n "$candidate" ] && [ -x "$candidate" ]; then echo "$candidate"; return; fi
  done
}
