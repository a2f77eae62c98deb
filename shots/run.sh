#!/usr/bin/env bash
# Screenshots of `tintype show` and of the studio in real terminals, compared with the pictures that should be there.
#
#   shots/run.sh [xterm|kitty|tmux|konsole|foot|mlterm|alacritty|rio ...]      without names: xterm kitty tmux
#
# OUT (target/shots) keeps the screenshots, to be looked at. Ends with 1 if anything is wrong on any of them; a terminal
# that is not installed is skipped, and said. What is tolerated stands beside each check: in decibels of signal to noise.
set -euo pipefail
cd "$(dirname "$0")/.."
OUT=$(realpath -m "${OUT:-target/shots}")
BIN=$(realpath "${TINTYPE:-${CARGO_TARGET_DIR:-target}/debug/tintype}") EYE=$(realpath "${EYE:-${CARGO_TARGET_DIR:-target}/debug/examples/shots}")
GRID=100x30
PANE=31,2,68,21     # the picture beside the history, in cells
FULL=0,0,100,28     # the picture in the whole window
POPUP=0,5,100,20    # rows that the details may stand on
mkdir -p "$OUT"
"$EYE" make "$OUT" >/dev/null
wrong=0 checked=0

check() { # NAME words for the eye
  local name=$1; shift
  checked=$((checked + 1))
  local said; said=$("$EYE" "$@") || wrong=$((wrong + 1))
  printf '%-26s %s\n' "$name" "$said"
}

# A library with two pictures, its own for each session.
library() {
  rm -rf "$OUT/data"; mkdir -p "$OUT/data"
  export TINTYPE_DATA_DIR=$OUT/data TINTYPE_CONFIG=$OUT/config.toml
  printf 'default_backend = "sketch"\n[preview]\ndriver = "%s"\n' "${1:-auto}" > "$OUT/config.toml"
  newer= older=
  older=$("$BIN" generate "a lighthouse at night" --set seed=3 --preview never 2>/dev/null)
  newer=$("$BIN" generate "three red cats under a yellow moon" --set seed=5 --preview never 2>/dev/null)
  cp "$older" "$OUT/older.png"; cp "$newer" "$OUT/newer.png"
}

show() { # TERMINAL COMMAND-PREFIX
  local t=$1 inside=$2 o=$OUT/$1
  cat > "$OUT/show.sh" <<SH
export TERM=\${TERM:-xterm-256color}; cd "$OUT"
clear; "$BIN" show one.png --width 60 --height 20; printf after; read -rsn1
clear; "$BIN" show two.png --width 60 --height 20; printf after; read -rsn1
clear; seq 40; "$BIN" show one.png --width 40 --height 10; printf after; read -rsn1
clear; "$BIN" show dot.png --width 6 --height 3; printf after; read -rsn1
SH
  shots/terminal.sh "${inside:-$t}" "$o-dot.png" $GRID "$(wrap "$t" "bash '$OUT/show.sh'")" \
    sleep:1 shot:"$o-one.png" key:space sleep:1 shot:"$o-two.png" key:space sleep:1 shot:"$o-last.png" key:space sleep:1
  for shot in one two last dot; do trim "$t" "$o-$shot.png" 100 30; done
  check "$t show" picture "$o-one.png" "$OUT/one.png" $GRID 0,0,60,20 left "$mode" "$least"
  check "$t show another" picture "$o-two.png" "$OUT/two.png" $GRID 0,0,60,20 left "$mode" "$least"
  check "$t show on the last row" picture "$o-last.png" "$OUT/one.png" $GRID 0,19,40,10 left "$mode" "$least"
  check "$t show 1x1" picture "$o-dot.png" "$OUT/dot.png" $GRID 0,0,6,3 left "$mode" "$least"
}

wrap() { # in tmux, the command runs in one of its own
  if [ "$1" = tmux ]; then
    printf "env -u TMUX tmux -L tintype-shots-$$ -f /dev/null new-session %q \\\\; set -g status off \\\\; set -g default-terminal tmux-256color \\\\; set -ga terminal-overrides ',*:Tc'" "COLORTERM=truecolor $2"
  else printf '%s' "$2"; fi
}

# Konsole has a toolbar that no setting takes away: its screenshots are cut to their cells, the others are all cells.
trim() { # TERMINAL SHOT COLUMNS ROWS
  [ "$1" != konsole ] || /usr/bin/mogrify -crop "$(($3 * 10))x$(($4 * 21))+4+33" +repage "$2"
}

smaller() { # the window of 80x24 cells, in pixels, by a screenshot of the usual one
  local size; size=$(/usr/bin/identify -format '%w %h' "$1")
  if [ "$t" = konsole ]; then echo 812x538; return; fi
  echo "$(( ${size% *} * 80 / ${GRID%x*} ))x$(( ${size#* } * 24 / ${GRID#*x} ))"
}

studio() { # TERMINAL INSIDE
  local t=$1 inside=$2 o=$OUT/$1
  library blocks
  shots/terminal.sh "${inside:-$t}" "$o-plain-popup.png" $GRID "$(wrap "$t" "'$BIN'")" \
    sleep:2 shot:"$o-plain.png" key:F4 sleep:1 key:Next sleep:1 key:i sleep:1
  sed -i 's/"blocks"/"auto"/' "$OUT/config.toml"
  local resize=() ; [ "$t" = foot ] || resize=(resize:"$(smaller "$o-plain.png")" sleep:2.5 shot:"$o-resized.png")
  shots/terminal.sh "${inside:-$t}" "$o-empty.png" $GRID "$(wrap "$t" "'$BIN'")" \
    sleep:2 shot:"$o-pane.png" key:F4 sleep:1.5 shot:"$o-full.png" key:Next sleep:1.5 shot:"$o-older.png" \
    key:i sleep:1 shot:"$o-popup.png" key:Escape sleep:1 shot:"$o-healed.png" "${resize[@]}" \
    key:F4 key:Escape key:Tab key:Home key:d sleep:1 key:d sleep:2
  for shot in plain-popup plain pane full older popup healed; do trim "$t" "$o-$shot.png" 100 30; done
  for shot in resized empty; do trim "$t" "$o-$shot.png" 80 24; done
  check "$t studio" picture "$o-pane.png" "$OUT/newer.png" $GRID $PANE middle "$mode" "$least"
  check "$t text and borders" same "$o-pane.png" "$o-plain.png" $GRID $PANE 0.2
  check "$t whole window" picture "$o-full.png" "$OUT/newer.png" $GRID $FULL middle "$mode" "$least"
  check "$t the next in its place" picture "$o-older.png" "$OUT/older.png" $GRID $FULL middle "$mode" "$least"
  check "$t beside a popup" picture "$o-popup.png" "$OUT/older.png" $GRID $FULL middle "$mode" "$least" $POPUP
  check "$t the popup itself" within "$o-popup.png" "$o-plain-popup.png" $GRID 6,9,88,13 0.2
  check "$t after the popup" picture "$o-healed.png" "$OUT/older.png" $GRID $FULL middle "$mode" "$least"
  [ "${#resize[@]}" = 0 ] || check "$t resized" picture "$o-resized.png" "$OUT/older.png" 80x24 0,0,80,22 middle "$mode" "$least"
  local grid=80x24 pane=25,2,54,15
  [ "${#resize[@]}" != 0 ] || grid=$GRID pane=$PANE
  check "$t nothing is left" blank "$o-empty.png" $grid $pane
}

for t in "${@:-xterm kitty tmux}"; do for t in $t; do
  inside= mode=pixels least=28
  case $t in
    tmux) inside=kitty mode=halves least=20 ;;
    alacritty) mode=halves least=20 ;;
    kitty|konsole|rio) least=34 ;;
  esac
  command -v "$t" >/dev/null || { echo "$t  skipped: it is not installed"; continue; }
  show "$t" "$inside"
  studio "$t" "$inside"
  [ "$t" != tmux ] || tmux -L "tintype-shots-$$" kill-server 2>/dev/null || true
done; done
echo "$checked looked at, $wrong wrong; the screenshots are in $OUT"
[ "$wrong" = 0 ]
