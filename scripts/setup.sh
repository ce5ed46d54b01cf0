# shellcheck shell=bash
# Sourced by demo, test and bench: gives this checkout a Python environment, and says what it does.
# Safe to run any number of times: what is there already is left alone.

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() {
    printf 'error: %s\n' "$1" >&2
    printf 'help: %s\n' "$2" >&2
    exit 1
}

# apt_install PACKAGE... : through sudo when we are not root. The services that a package starts by itself are
# stopped and disabled again: the tests start their own, on other ports.
apt_install() {
    local sudo=()
    [ "$(id -u)" = 0 ] || sudo=(sudo)
    command -v apt-get >/dev/null || die "missing: $*, and there is no apt-get" "install these by hand: $*"
    if [ ${#sudo[@]} -gt 0 ] && ! command -v sudo >/dev/null; then
        die "missing: $*, and neither root nor sudo is at hand" "as root: apt-get install $*"
    fi
    say "installing Debian packages: $*"
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2 || {
        "${sudo[@]}" apt-get update -qq >&2
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
    } || die "apt-get could not install: $*" "look at its message above; without network nothing can be installed"
    if [ -d /run/systemd/system ]; then
        for service in "$@"; do
            systemctl cat "$service" >/dev/null 2>&1 || continue
            say "$service was started by its package; stopping and disabling it"
            "${sudo[@]}" systemctl disable --quiet --now "$service"
        done
    fi
}

# need PROGRAM PACKAGE : queue the package when the program is missing.
missing=()
need() { [ -x "/usr/sbin/$1" ] || command -v "$1" >/dev/null || missing+=("$2"); }
install_missing() { [ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}"; }

supported() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

# find_python : sets $python to an interpreter from 3.11 to 3.13 that can make virtual environments.
find_python() {
    local candidate
    for candidate in "${SKYGROUND_PYTHON:-python3}" python3 python3.13 python3.12 python3.11; do
        if supported "$candidate"; then
            python=$candidate
            break
        fi
    done
    [ -n "${python:-}" ] || die "no Python 3.11, 3.12 or 3.13 here" "sudo apt-get install python3 python3-venv"
    "$python" -c 'import ensurepip' 2>/dev/null || apt_install python3-venv
}

# The user's environment. What tests and benchmarks need beside it goes into others, so that none undoes another.
venv=.venv

# environment LOCK... : $venv with exactly what the lock files name, hashes checked, and this checkout in it.
environment() {
    local want
    find_python
    want="$("$python" -c 'import sys; print(sys.version)') $(cat "$@" pyproject.toml | sha256sum)"
    if [ "$(cat "$venv/.skyground" 2>/dev/null)" = "$want" ]; then
        return
    fi
    say "making $venv with $("$python" --version) and the packages of $* (a minute or two on a PC, ten on a small Pi)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
    local pip=("$venv/bin/python" -m pip --disable-pip-version-check -q)
    local files=()
    for lock in "$@"; do files+=(-r "$lock"); done
    "${pip[@]}" install --require-hashes "${files[@]}"
    "${pip[@]}" install --no-deps --no-build-isolation -e .
    printf '%s' "$want" >"$venv/.skyground"
}
