#!/bin/sh
# Make a virtual environment: venv.sh FOLDER [PYTHON]. Looks for a Python this project supports.
set -eu
folder=$1
wanted=${2:-}

runs() {
    "$1" -c "$2" >/dev/null 2>&1
}

python=
without=
for candidate in ${wanted:-python3 python3.13 python3.12 python3.11 python}; do
    runs "$candidate" 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || continue
    if runs "$candidate" 'import ensurepip, venv'; then
        python=$candidate
        break
    fi
    without=${without:-$candidate}
done

if [ -z "$python" ] && [ -n "$without" ]; then
    echo "$without lacks the venv module. On Debian or Ubuntu: apt install python3-venv" >&2
    exit 1
elif [ -z "$python" ]; then
    found=$("${wanted:-python3}" --version 2>&1) || found="no ${wanted:-python3}"
    echo "goeswith needs Python 3.11, 3.12 or 3.13; found: $found." >&2
    echo "Install one, or name it: make demo PYTHON=/path/to/python3.12" >&2
    exit 1
fi

echo "Making $folder with $("$python" --version)."
"$python" -m venv "$folder" || {
    rm -rf "$folder"
    echo "Could not make $folder. Is the disk full, or the folder read-only?" >&2
    exit 1
}
