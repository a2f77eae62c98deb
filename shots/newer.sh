#!/usr/bin/env bash
# The screenshots in the terminals of a newer Debian, which debootstrap brings into a folder of its own.
#
#   shots/newer.sh {trixie|sid} [TERMINAL...]      without names: kitty tmux tmux-kitty konsole foot alacritty
#
# The program, the eye and the scripts are copied in; the screenshots are in target/debian/RELEASE/shots/out.
# DEBIAN (target/debian) is where the folders are. What `run.sh` knows (STARTS, LOAD, PATIENCE) is handed on.
# As root: it changes its root folder. Mounts are made in a namespace of their own, so that none is left behind when
# this ends, however it ends. Some minutes and 2 GB the first time.
set -euo pipefail
cd "$(dirname "$0")/.."
release=$1; shift
[ $# -gt 0 ] || set -- kitty tmux tmux-kitty konsole foot alacritty
dir=$(realpath -m "${DEBIAN:-target/debian}/$release")
BIN=${TINTYPE:-${CARGO_TARGET_DIR:-target}/debug/tintype} EYE=${EYE:-${CARGO_TARGET_DIR:-target}/debug/examples/shots}
PACKAGES="kitty tmux foot weston konsole libxcb-cursor0 dbus-x11 alacritty xterm xvfb xdotool imagemagick x11-utils libgl1-mesa-dri fonts-dejavu-core"

# Runs words in the folder as if it were the whole system, with more of it apart if so wished (words of `unshare`).
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
# Without a network: nothing here needs one, and the abstract sockets of X servers outside are in it.
inside --net env OUT=/shots/out TINTYPE=/usr/local/bin/tintype EYE=/usr/local/bin/shots-eye bash /shots/shots/run.sh "$@"
