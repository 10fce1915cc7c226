#!/usr/bin/env bash
# Builds AISentinel Offline on Debian 12. See --help.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
    cat <<'TEXT'
usage: ./build-offline.sh [--no-deps] [--run [ARGS...] | --test]

Installs the Debian packages that are missing (with sudo when not root), builds
the release and leaves ./aisentinel-offline.

  --run [ARGS...]  then starts ./aisentinel-offline with ARGS
  --test           installs what the tests need too, builds with sanitizers, runs every test
  --no-deps        installs nothing; names what is missing instead

example: ./build-offline.sh --run serve --port 8000
TEXT
}

BUILD_PACKAGES=(gcc g++ cmake ninja-build pkg-config libc6-dev libzmq3-dev libczmq-dev libsodium-dev libssl-dev
    libvectorscan-dev libpcre2-dev libyaml-dev libmicrohttpd-dev libgnutls28-dev libcurl4-openssl-dev libutf8proc-dev zlib1g-dev)
TEST_PACKAGES=(git libcmocka-dev clang-format-14 clang-tidy-14 python3 python3-pytest python3-zmq python3-cryptography
    python3-cryptography-vectors python3-requests wrk binutils curl prometheus)

missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s\n' "$package"
    done
}

# Tests need promtool, whose package brings a server that listens on every address. A mask keeps systemd from starting
# it, now and at each boot; where systemd does not run, Debian's invoke-rc.d starts nothing by itself.
mask_prometheus() {
    local unit=/etc/systemd/system/prometheus.service
    [ -e "$unit" ] || [ -L "$unit" ] && return
    printf 'masking prometheus.service: the tests need promtool, not the server (systemctl unmask prometheus)\n' >&2
    "$@" mkdir -p "${unit%/*}"
    "$@" ln -s /dev/null "$unit"
}

ensure_packages() {
    local missing sudo=()
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$install" = no ]; then
        printf 'missing Debian packages: %s\n' "${missing[*]}" >&2
        exit 3
    fi
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    printf 'installing: %s\n' "${missing[*]}" >&2
    [[ " ${missing[*]} " != *" prometheus "* ]] || mask_prometheus "${sudo[@]}"
    "${sudo[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

build() {
    cmake --preset "$1" >/dev/null
    cmake --build --preset "$1"
}

install=yes mode=build
while [ $# -gt 0 ]; do
    case "$1" in
    --no-deps) install=no; shift ;;
    --run) mode=run; shift; break ;;
    --test) mode=test; shift ;;
    -h | --help) usage; exit 0 ;;
    *) printf 'unknown argument: %s\n' "$1" >&2; usage >&2; exit 2 ;;
    esac
done

ensure_packages "${BUILD_PACKAGES[@]}"
case "$mode" in
test)
    ensure_packages "${TEST_PACKAGES[@]}"
    exec tests/run
    ;;
*)
    build release
    cp -f .build/release/services/cli/aisentinel-offline ./aisentinel-offline
    if [ "$mode" = run ]; then
        exec ./aisentinel-offline "$@"
    fi
    ;;
esac
