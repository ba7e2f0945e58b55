# Sourced after common.sh: the Python that the tests run, with its packages.
# shellcheck shell=bash

PYTHON_MINIMUM=3.10
PYTHON_TOOLS="$TOOLS/python-$(sha256sum <script/lib/python/requirements.txt | cut -c1-12)"

# Whole only when the last step of its making was reached, and only while the Python under it is there.
python_there() { [ -e "$PYTHON_TOOLS/.whole" ] && "$PYTHON_TOOLS/bin/python" -c '' 2>/dev/null; }

# What the Rust tests look for. `must`: with it in place, a comparison that is skipped is a failure.
export_python() {
  export RAPPORT_PYTHON="$PYTHON_TOOLS/bin/python"
  export RAPPORT_ORACLE_PYTHON="${RAPPORT_ORACLE_PYTHON:-$RAPPORT_PYTHON}" RAPPORT_ORACLE="${RAPPORT_ORACLE:-must}"
}
