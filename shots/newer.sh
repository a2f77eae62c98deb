#!/usr/bin/env bash
# Screenshots in the terminals of a newer Debian, which debootstrap installs into a folder of its own.
#
#   shots/newer.sh {trixie|sid} [TERMINAL...]      default: kitty tmux tmux-kitty konsole foot alacritty
#
# The program, the comparison tool and the scripts are copied in; screenshots go to target/debian/RELEASE/shots/out.
# DEBIAN (target/debian) is the parent of these folders. STARTS, LOAD and PATIENCE are passed on to `run.sh`.
# Needs root for chroot. Mounts are made in a separate mount namespace, so that none is left behind however this
# ends. The first run takes a few minutes and 2 GB.
set -euo pipefail
cd "$(dirname "$0")/.."
release=$1; shift
[ $# -gt 0 ] || set -- kitty tmux tmux-kitty konsole foot alacritty
dir=$(realpath -m "${DEBIAN:-target/debian}/$release")
BIN=${TINTYPE:-${CARGO_TARGET_DIR:-target}/debug/tintype} EYE=${EYE:-${CARGO_TARGET_DIR:-target}/debug/examples/shots}
PACKAGES="kitty tmux foot weston konsole libxcb-cursor0 dbus-x11 alacritty xterm xvfb xdotool imagemagick x11-utils libgl1-mesa-dri fonts-dejavu-core"

# Runs a command in the folder as its root, with further namespaces unshared if given (options of `unshare`).
inside() {
  local apart=(); while [[ "$1" = --* ]]; do apart+=("$1"); shift; done
  unshare --mount --propagation private "${apart[@]}" sh -c '
    dir=$1; shift
    for m in proc sys dev; do mount --rbind "/$m" "$dir/$m"; done
    exec chroot "$dir" "$@"' sh "$dir" "$@"
}

bring() {
  if ! command -v debootstrap >/dev/null; then
    apt-get update -q && apt-get install -yq --no-install-recommends debootstrap
  fi
  local mirror
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -1 | tr -d ' ' || true)
  rm -rf "$dir"; mkdir -p "$dir"
  debootstrap --variant=minbase "$release" "$dir" ${mirror:+"$mirror"}
  cp /etc/apt/apt.conf.d/* "$dir/etc/apt/apt.conf.d/" 2>/dev/null || true
  cp /etc/resolv.conf "$dir/etc/" 2>/dev/null || true
  inside apt-get update -q
  inside env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends $PACKAGES
  mkdir "$dir/shots"
}

[ -d "$dir/shots" ] || bring > "$(mkdir -p "$dir" && echo "$dir.log")" 2>&1 || { tail -5 "$dir.log" >&2; exit 1; }
install "$BIN" "$dir/usr/local/bin/tintype"
install "$EYE" "$dir/usr/local/bin/shots-eye"
mkdir -p "$dir/shots/shots"
install shots/*.sh "$dir/shots/shots/"
inside dpkg-query -W -f '${Package} ${Version}\n' kitty tmux foot konsole alacritty
# Without a network: it is not needed, and it would share the abstract sockets of X servers outside.
inside --net env OUT=/shots/out TINTYPE=/usr/local/bin/tintype EYE=/usr/local/bin/shots-eye bash /shots/shots/run.sh "$@"
