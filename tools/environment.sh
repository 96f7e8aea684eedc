#!/bin/sh
# Make or complete a virtual environment: tools/environment.sh FOLDER ARGUMENTS-OF-PIP...
#   --which        print the Python that a new environment would get
#   --fits FOLDER  exit with 0 if the environment's Python can be used
# COMPILE=no leaves the packages to be compiled when they are imported.
# PYTHON names the interpreter to use. Without it the first of at least 3.11 on the path is used, or one that uv finds or downloads.
set -eu

usable='import sys; sys.exit(sys.version_info < (3, 11))'
minor='import sys; print("%d.%d" % sys.version_info[:2])'
have_uv() { command -v uv >/dev/null 2>&1; }

find_python() {
  if [ -n "${PYTHON:-}" ]; then
    if "$PYTHON" -c "$usable" 2>/dev/null; then
      command -v "$PYTHON"
      return
    fi
    echo "akamai-mcp needs Python 3.11 or newer, and PYTHON=$PYTHON is not one. Name another: make PYTHON=/path/to/python3.13 ..." >&2
    return 1
  fi
  for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
    if "$candidate" -c "$usable" 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  if have_uv && uv python find --quiet '>=3.11' 2>/dev/null; then
    return
  fi
  if have_uv; then
    echo '>=3.11' # uv downloads it
    return
  fi
  echo "akamai-mcp needs Python 3.11 or newer; python3 is $(python3 -c "$minor" 2>/dev/null || echo missing)." >&2
  echo "Install a newer Python (macOS: brew install python; Debian: apt install python3.11 python3.11-venv) or uv, which brings its own," >&2
  echo "then run make again. If it is not on the path: make PYTHON=/path/to/python3.13 ..." >&2
  return 1
}

fits() {
  "$1/bin/python" -c "$usable" 2>/dev/null || return 1
  [ -z "${PYTHON:-}" ] || [ "$("$1/bin/python" -c "$minor")" = "$("$PYTHON" -c "$minor" 2>/dev/null)" ]
}

case "${1:-}" in
  --which) find_python; exit ;;
  --fits) fits "$2"; exit ;;
esac

folder=$1
shift
if ! fits "$folder"; then
  python=$(find_python)
  if have_uv; then
    uv venv --quiet --clear --seed --python "$python" "$folder"
  else
    "$python" -m venv --clear "$folder"
  fi
fi
if have_uv; then
  # As pip does: where nothing may write bytecode, each process would compile every package anew.
  compile=--compile-bytecode
  [ "${COMPILE:-}" != no ] || compile=
  exec uv pip install --quiet $compile --python "$folder/bin/python" "$@"
fi
[ "${COMPILE:-}" != no ] || set -- --no-compile "$@"
# --group needs pip 25.1.
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
exec "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
