#!/usr/bin/env bash
# Screenshots of `tintype show` and of the studio in real terminals, compared with the expected images.
#
#   shots/run.sh [xterm|kitty|tmux|tmux-kitty|konsole|foot|mlterm|alacritty|rio|xtermjs ...]   default: xterm kitty tmux
#
# xtermjs is VS Code's terminal in Chromium. tmux runs in kitty and draws text; tmux-kitty has
# `allow-passthrough on`, for kitty 0.28 and later.
# STARTS=N skips the regular checks and starts the studio N times in each terminal with an image on its first screen,
# which must be complete every time. LOAD=N keeps N processes busy meanwhile.
#
# No step waits for a fixed time: the window is captured repeatedly until one screenshot passes all checks. A check that
# has not passed after PATIENCE seconds fails.
# Screenshots are kept in OUT (target/shots) for review. Exits with 1 if any check failed; a terminal that is not
# installed is skipped with a note. Each check states its tolerance, as a signal-to-noise ratio in decibels.
set -euo pipefail
cd "$(dirname "$0")/.."
OUT=$(realpath -m "${OUT:-target/shots}") PATIENCE=${PATIENCE:-60}
BIN=$(realpath "${TINTYPE:-${CARGO_TARGET_DIR:-target}/debug/tintype}") EYE=$(realpath "${EYE:-${CARGO_TARGET_DIR:-target}/debug/examples/shots}")
GRID=100x30 SMALL=80x24
PANE=29,2,70,21     # the image beside the history, in cells
FULL=0,0,100,28     # the image in the whole window
POPUP=0,5,100,20    # the rows that the details popup may cover
mkdir -p "$OUT"
source shots/terminal.sh
"$EYE" make "$OUT" >/dev/null
wrong=0 checked=0 grid=$GRID

# Captures the window until one screenshot passes all checks; `SHOT` in a check stands for the screenshot.
see() { # NAME CHECK...
  local name=$1 file=$OUT/$t-$1.png end=$((SECONDS + PATIENCE)) check said right=0; shift
  while [ $right = 0 ]; do
    shot "$file"
    right=1 said=()
    for check in "$@"; do
      said+=("$("$EYE" ${check/SHOT/$file})") || right=0
    done
    [ "$SECONDS" -lt "$end" ] || break
    kill -0 "${pids[0]}" 2>/dev/null || break
  done
  checked=$((checked + 1)) wrong=$((wrong + 1 - right))
  local word=right; [ $right = 1 ] || word=WRONG
  printf '%-8s %-24s %s' "$t" "$name" "$word"; printf '  %s' "${said[@]#right  }"; printf '\n'
}

# Captures the window until it differs from the last screenshot and two captures in a row are identical.
settled() { # NAME LAST
  local file=$OUT/$t-$1.png last=$OUT/$t-$2.png end=$((SECONDS + PATIENCE))
  shot "$file"
  while [ "$SECONDS" -lt "$end" ]; do
    sleep .3; shot "$work/again.png"
    if "$EYE" alike "$file" "$work/again.png" >/dev/null && ! "$EYE" alike "$file" "$last" >/dev/null; then return; fi
    cp "$work/again.png" "$file"
  done
  wrong=$((wrong + 1)) checked=$((checked + 1))
  printf '%-8s %-24s WRONG  it never settled\n' "$t" "$1"
}

# Creates a library with two images, a new one for each terminal.
library() {
  # The program of the last terminal may still be saving its session.
  until rm -rf "$OUT/data" 2>/dev/null; do :; done
  mkdir -p "$OUT/data"
  export TINTYPE_DATA_DIR=$OUT/data TINTYPE_CONFIG=$OUT/config.toml
  driver blocks
  older=$("$BIN" generate "a lighthouse at night" --set seed=3 --preview never 2>/dev/null)
  newer=$("$BIN" generate "three red cats under a yellow moon" --set seed=5 --preview never 2>/dev/null)
  cp "$older" "$OUT/older.png"; cp "$newer" "$OUT/newer.png"
}

driver() {
  printf 'default_backend = "sketch"\n[preview]\ndriver = "%s"\n' "$1" > "$OUT/config.toml"
}

open() { # COMMAND; with tmux, in a tmux server of its own
  grid=$GRID
  if [[ "$t" = tmux* ]]; then
    local pass=off; [ "$t" = tmux ] || pass=on
    printf '%s\n' 'set -g status off' 'set -g default-terminal tmux-256color' "set -ga terminal-overrides ',*:Tc'" \
      "set -g allow-passthrough $pass" > "$OUT/tmux.conf"
    open_terminal kitty $GRID "exec env -u TMUX tmux -L tintype-shots-$$ -f '$OUT/tmux.conf' new-session 'COLORTERM=truecolor $1'"
  else
    open_terminal "$t" $GRID "$1"
  fi
}

close() {
  [[ "$t" != tmux* ]] || tmux -L "tintype-shots-$$" kill-server 2>/dev/null || true
  close_terminal
}

# Checks that no query or image data has become the title of the pane, as tmux does with sequences it does not know.
untitled() {
  local title host; title=$(tmux -L "tintype-shots-$$" display-message -p '#{pane_title}') host=$(uname -n)
  checked=$((checked + 1))
  if [ "$title" = "$host" ]; then printf '%-8s %-24s right\n' "$t" title; return; fi
  wrong=$((wrong + 1))
  printf '%-8s %-24s WRONG  %q\n' "$t" title "$title"
}

show() {
  cat > "$OUT/show.sh" <<SH
export TERM=\${TERM:-xterm-256color}; cd "$OUT"
"$BIN" doctor >/dev/null 2>&1
clear; "$BIN" show one.png --width 60 --height 20; printf after; read -rsn1
clear; "$BIN" show two.png --width 60 --height 20; printf after; read -rsn1
clear; seq 40; "$BIN" show one.png --width 40 --height 10; printf after; read -rsn1
clear; "$BIN" show dot.png --width 6 --height 3; printf after; read -rsn1
clear; "$BIN" show one.png two.png two.png one.png --width 80 --height 20; printf after; read -rsn1
SH
  open "bash \"$OUT/show.sh\""
  see show "picture SHOT $OUT/one.png $GRID 0,0,60,20 left $mode $least"
  press space
  see show-another "picture SHOT $OUT/two.png $GRID 0,0,60,20 left $mode $least"
  press space
  see show-on-last-row "picture SHOT $OUT/one.png $GRID 0,19,40,10 left $mode $least"
  press space
  see show-1x1 "picture SHOT $OUT/dot.png $GRID 0,0,6,3 left $mode $least"
  press space
  see show-sheet "filled SHOT $GRID 0,0,80,10 30"
  [[ "$t" != tmux* ]] || untitled
  close
}

# Half-blocks work in every terminal: the same screen drawn with them shows what belongs around and over an image.
plain() {
  driver blocks
  open "\"$BIN\""
  see plain "picture SHOT $OUT/newer.png $GRID $PANE middle halves 18"
  press F4
  see plain-full "picture SHOT $OUT/newer.png $GRID $FULL middle halves 18"
  press Next
  see plain-older "picture SHOT $OUT/older.png $GRID $FULL middle halves 18"
  press i
  settled plain-popup plain-older
  close
}

studio() {
  plain
  driver auto
  local mode=$studio_mode
  local o=$OUT/$t older="$OUT/older.png" newer="$OUT/newer.png" small=$GRID pane=$PANE
  open "\"$BIN\""
  see studio "picture SHOT $newer $GRID $PANE middle $mode $least" "same SHOT $o-plain.png $GRID $PANE 0.2"
  press F5
  # Thumbnails are made from small copies, which are JPEGs.
  see gallery "picture SHOT $newer $GRID 6,3,16,8 middle $mode $thumbnails" \
    "picture SHOT $older $GRID 24,3,16,8 middle $mode $thumbnails"
  press plus
  see gallery-larger "picture SHOT $newer $GRID 3,3,22,11 middle $mode $thumbnails"
  press F5
  see after-the-gallery "picture SHOT $newer $GRID $PANE middle $mode $least"
  press F4
  see whole-window "picture SHOT $newer $GRID $FULL middle $mode $least"
  press Next
  see the-next "picture SHOT $older $GRID $FULL middle $mode $least"
  press i
  see popup "within SHOT $o-plain-popup.png $GRID 6,9,88,13 0.2" "picture SHOT $older $GRID $FULL middle $mode $least $POPUP"
  press Escape
  see after-the-popup "picture SHOT $older $GRID $FULL middle $mode $least"
  press Prior; press Next
  see there-and-back "picture SHOT $older $GRID $FULL middle $mode $least"
  if [ "$t" != foot ]; then
    resize $(smaller "$o-there-and-back.png")
    small=$SMALL pane=27,2,52,15 grid=$SMALL
    see resized "picture SHOT $older $small 0,0,80,22 middle $mode $least"
  fi
  press F4
  see out-of-the-window "picture SHOT $older $small $pane middle $mode $least"
  # Not Escape: if another key follows closely, a busy terminal reads both as one key.
  press Tab; press Home
  see first-again "picture SHOT $newer $small $pane middle $mode $least"
  press d
  see deleted "picture SHOT $older $small $pane middle $mode $least"
  press d
  see nothing-is-left "blank SHOT $small $pane"
  close
}

# Repeats the same start many times, because a race condition only shows in some of them.
starts() {
  library
  driver auto
  local n mode=$studio_mode
  for n in $(seq "$STARTS"); do
    open "\"$BIN\""
    see "start-$n" "picture SHOT $OUT/newer.png $GRID $PANE middle $mode $least"
    close
  done
}

# Computes the size of a window of SMALL cells in pixels, from a screenshot of the usual one.
smaller() {
  local size; size=$(/usr/bin/identify -format '%w %h' "$1")
  if [ "$t" = konsole ]; then
    local width height x y across down; read -r width height x y across down < "$work/cells"
    echo "$((across - (${GRID%x*} - ${SMALL%x*}) * width)) $((down - (${GRID#*x} - ${SMALL#*x}) * height))"
    return
  fi
  if [ "$t" = xtermjs ]; then echo "${SMALL%x*} ${SMALL#*x}"; return; fi
  local above=0; [ "$t" != rio ] || above=2
  echo "$(( ${size% *} * ${SMALL%x*} / ${GRID%x*} )) $(( ${size#* } * ${SMALL#*x} / ${GRID#*x} + above ))"
}

busy=()
for _ in $(seq "${LOAD:-0}"); do
  while :; do :; done &
  busy+=($!)
done
trap 'close_terminal; for p in "${busy[@]}"; do kill "$p"; done' EXIT

[ $# -gt 0 ] || set -- xterm kitty tmux
for t in "$@"; do
  mode=pixels studio_mode=pixels least=28 thumbnails=24
  case $t in
    # `show` prints half-blocks there, the studio a mosaic.
    tmux|alacritty) mode=halves studio_mode=mosaic least=20 thumbnails=16 ;;
    kitty|tmux-kitty|konsole|rio) least=34 ;;
  esac
  program=$t; case $t in rio) program=${RIO:-rio} ;; tmux-kitty) program=tmux ;; xtermjs) program=chromium ;; esac
  command -v "$program" >/dev/null || { echo "$t  skipped: it is not installed"; continue; }
  if [ -n "${STARTS:-}" ]; then
    starts
  else
    library
    driver auto
    show
    studio
  fi
done
echo "$checked looked at, $wrong wrong; the screenshots are in $OUT"
[ "$wrong" = 0 ]
