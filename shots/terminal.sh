#!/usr/bin/env bash
# Runs a command in a real terminal emulator under a private X server and save a screenshot.
#
#   shots/terminal.sh {kitty|xterm|mlterm|konsole|alacritty|foot|rio} OUT.png COLSxROWS 'command' [keys...]
#
# keys are played in order, after the window is up and SETTLE seconds (default 2) have passed:
#   text:STRING    type it          key:NAME       one X keysym, e.g. key:F1 key:ctrl+q key:Escape
#   sleep:SECS     wait             shot:FILE.png  an extra screenshot now
#   resize:WxH     resize the window, in pixels (X11 terminals)
#   click:X,Y      left click at window pixel X,Y
# environment: FONTSIZE (12), SCREEN (1600x1000), SETTLE (2), ENDSETTLE (1), KEEP_ENV=1 to keep TMUX etc.
#   The window must outlive the last shot: if the command ends first, end it with "; sleep 5".
#   *_EXTRA (KITTY_EXTRA, XTERM_EXTRA, MLTERM_EXTRA, FOOT_EXTRA) are passed on to the terminal; e.g.
#   KITTY_EXTRA='-o allow_remote_control=yes --listen-on unix:k.sock' then `kitty @ --to unix:k.sock get-text`.
# needs (Debian 12): apt-get install -y --no-install-recommends xvfb xdotool imagemagick x11-utils \
#   libgl1-mesa-dri fonts-dejavu-core kitty xterm mlterm   (+ konsole dbus-x11, alacritty, foot weston as wanted)
# what each shows: kitty 0.26.5 = kitty graphics, no Unicode placeholders; xterm 379, foot 1.13, mlterm 3.9 = sixel
#   (mlterm also iTerm2); konsole 22.12 = iTerm2 + kitty placements + sixel; alacritty 0.11 = half blocks only;
#   rio 0.4.5 (crates.io, RIO=path) = kitty Unicode placeholders. Several may run at once (each has its own Xvfb).
set -euo pipefail
term=$1 out=$2 geom=$3 cmd=$4; shift 4
cols=${geom%x*} rows=${geom#*x}
FONTSIZE=${FONTSIZE:-12} SCREEN=${SCREEN:-1600x1000} SETTLE=${SETTLE:-2} ENDSETTLE=${ENDSETTLE:-1}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/termshot.XXXXXX")
pids=()
cleanup() {
  local p
  for p in "${pids[@]:-}"; do [ -n "$p" ] && kill "$p" 2>/dev/null || true; done
  for p in "${pids[@]:-}"; do [ -n "$p" ] && wait "$p" 2>/dev/null || true; done
  rm -rf "$tmp"
}
trap cleanup EXIT
die() { echo "termshot: $*" >&2; [ -f "$tmp/term.log" ] && tail -5 "$tmp/term.log" >&2; exit 1; }
[ "${KEEP_ENV:-}" = 1 ] || unset TMUX TMUX_PANE STY KITTY_WINDOW_ID KONSOLE_VERSION WEZTERM_EXECUTABLE TERM_PROGRAM LC_TERMINAL VTE_VERSION WAYLAND_DISPLAY || true
export LIBGL_ALWAYS_SOFTWARE=1 GALLIUM_DRIVER=llvmpipe LANG=C.UTF-8 LC_ALL=C.UTF-8 NO_AT_BRIDGE=1
export XDG_RUNTIME_DIR=$tmp/run; mkdir -m 700 "$XDG_RUNTIME_DIR"
export XDG_CONFIG_HOME=${TERMSHOT_XDG_CONFIG_HOME:-$tmp/config}; mkdir -p "$XDG_CONFIG_HOME"
printf '#!/bin/bash\n%s\n' "$cmd" > "$tmp/run.sh"; chmod +x "$tmp/run.sh"
import_=$(command -v import || true); [ -n "$import_" ] || die "imagemagick's import is missing"
convert_=/usr/bin/convert; [ -x "$convert_" ] || convert_=convert

mkfifo "$tmp/disp"
Xvfb -displayfd 3 -screen 0 "${SCREEN}x24" -nolisten tcp -noreset +extension GLX +render 3>"$tmp/disp" 2>"$tmp/xvfb.log" &
pids+=($!)
read -t 20 -r disp < "$tmp/disp" || die "Xvfb did not start: $(cat "$tmp/xvfb.log")"
export DISPLAY=":$disp"

wayland=0
case $term in
  kitty)
    kitty --config NONE -o font_size="$FONTSIZE" -o font_family='DejaVu Sans Mono' -o remember_window_size=no \
      -o initial_window_width="${cols}c" -o initial_window_height="${rows}c" -o window_padding_width=0 -o window_margin_width=0 \
      -o placement_strategy=top-left -o cursor_blink_interval=0 -o update_check_interval=0 -o enable_audio_bell=no \
      -o confirm_os_window_close=0 -o shell_integration=disabled ${KITTY_EXTRA:-} \
      "$tmp/run.sh" >"$tmp/term.log" 2>&1 & ;;
  xterm)
    # -ti vt340 switches sixel on; numColorRegisters and maxGraphicSize lift xterm's low defaults
    xterm -ti vt340 -xrm 'XTerm*decGraphicsID: vt340' -xrm 'XTerm*numColorRegisters: 256' \
      -xrm 'XTerm*maxGraphicSize: 2000x2000' -xrm 'XTerm*sixelScrolling: true' -xrm 'XTerm*allowWindowOps: true' \
      -fa 'DejaVu Sans Mono' -fs "$FONTSIZE" -geometry "${cols}x${rows}+0+0" -bg black -fg gray90 -b 0 +sb \
      ${XTERM_EXTRA:-} -e "$tmp/run.sh" >"$tmp/term.log" 2>&1 & ;;
  mlterm)
    mlterm --geometry="${cols}x${rows}+0+0" --fontsize="$((FONTSIZE + 4))" --sbmod=none --sb=false --border=0 --fg=white --bg=black \
      ${MLTERM_EXTRA:-} -e "$tmp/run.sh" >"$tmp/term.log" 2>&1 & ;;
  konsole)
    mkdir -p "$tmp/home/.local/share/konsole"
    printf '[Appearance]\nFont=DejaVu Sans Mono,%s\n[General]\nName=S\nParent=FALLBACK/\nTerminalColumns=%s\nTerminalRows=%s\n[Scrolling]\nScrollBarPosition=2\n' \
      "$FONTSIZE" "$cols" "$rows" > "$tmp/home/.local/share/konsole/S.profile"
    XDG_DATA_HOME=$tmp/home/.local/share dbus-run-session -- konsole --nofork --separate --hide-menubar --hide-tabbar --profile S \
      -e "$tmp/run.sh" >"$tmp/term.log" 2>&1 & ;;
  alacritty)
    printf 'window:\n  dimensions: {columns: %s, lines: %s}\n  position: {x: 0, y: 0}\n  padding: {x: 0, y: 0}\nfont: {size: %s, normal: {family: DejaVu Sans Mono}}\n' \
      "$cols" "$rows" "$FONTSIZE" > "$tmp/alacritty.yml"
    WINIT_X11_SCALE_FACTOR=1 alacritty --config-file "$tmp/alacritty.yml" -e "$tmp/run.sh" >"$tmp/term.log" 2>&1 & ;;
  rio)
    # not in Debian: cargo install rioterm --version 0.4.5 --locked (needs glslang-tools); RIO=path
    mkdir -p "$tmp/rio"
    printf '[window]\ncolumns = %s\nrows = %s\ndecorations = "Disabled"\n[fonts]\nsize = %s\nfamily = "DejaVu Sans Mono"\n[renderer]\nbackend = "%s"\n[navigation]\nmode = "Plain"\n' \
      "$cols" "$rows" "$((FONTSIZE + 4))" "${RIO_BACKEND:-Vulkan}" > "$tmp/rio/config.toml"
    RIO_CONFIG_HOME=$tmp/rio WINIT_X11_SCALE_FACTOR=1 "${RIO:-rio}" -e "$tmp/run.sh" >"$tmp/term.log" 2>&1 & ;;
  foot)
    wayland=1
    # a Wayland terminal: weston nested in Xvfb, software rendered, no panel, flat background (cut away after the shot)
    printf '[core]\nshell=desktop-shell.so\nidle-time=0\n[shell]\npanel-position=none\nbackground-color=0xffff00ff\nlocking=false\nanimation=none\nstartup-animation=none\nclose-animation=none\n' > "$tmp/weston.ini"
    weston --backend=x11-backend.so --width="${SCREEN%x*}" --height="${SCREEN#*x}" --config="$tmp/weston.ini" \
      --socket=termshot --use-pixman >"$tmp/weston.log" 2>&1 &
    pids+=($!)
    for _ in $(seq 100); do [ -S "$XDG_RUNTIME_DIR/termshot" ] && break; sleep .1; done
    [ -S "$XDG_RUNTIME_DIR/termshot" ] || die "weston did not start: $(tail -3 "$tmp/weston.log")"
    export WAYLAND_DISPLAY=termshot
    foot --config=/dev/null --font="DejaVu Sans Mono:size=$FONTSIZE" --window-size-chars="${cols}x${rows}" \
      -o csd.preferred=none -o mouse.hide-when-typing=yes ${FOOT_EXTRA:-} "$tmp/run.sh" >"$tmp/term.log" 2>&1 & ;;
  *) die "unknown terminal: $term" ;;
esac
tpid=$!; pids=("$tpid" "${pids[@]}")

# wait for the first mapped window that is big enough to be a terminal
wid=
for _ in $(seq 150); do
  kill -0 "$tpid" 2>/dev/null || die "$term ended early"
  for w in $(xdotool search --onlyvisible --class '.' 2>/dev/null || true); do
    eval "$(xdotool getwindowgeometry --shell "$w" 2>/dev/null | grep -E '^(WIDTH|HEIGHT)=')"
    [ "${WIDTH:-0}" -gt 200 ] && [ "${HEIGHT:-0}" -gt 80 ] && wid=$w
  done
  [ -n "$wid" ] && break
  sleep .1
done
[ -n "$wid" ] || die "no window"
[ "$wayland" = 1 ] || { xdotool windowmove "$wid" 0 0 2>/dev/null || true; }
xdotool windowfocus "$wid" 2>/dev/null || true
sleep "$SETTLE"
shot() {
  if [ "$wayland" = 1 ]; then "$import_" -window root "$tmp/root.png"; "$convert_" "$tmp/root.png" -bordercolor '#ff00ff' -border 1 -fuzz 2% -trim +repage "$1"
  else "$import_" -window "$wid" "$1"; fi
}
for k in "$@"; do
  case $k in
    text:*) xdotool type --delay 30 -- "${k#text:}" ;;
    key:*) xdotool key --delay 60 -- "${k#key:}" ;;
    sleep:*) sleep "${k#sleep:}" ;;
    shot:*) shot "${k#shot:}" ;;
    resize:*) s=${k#resize:}; xdotool windowsize "$wid" "${s%x*}" "${s#*x}" ;;
    click:*) s=${k#click:}; xdotool mousemove --window "$wid" "${s%,*}" "${s#*,}" click 1 ;;
    *) die "unknown step: $k" ;;
  esac
  sleep .3
done
sleep "$ENDSETTLE"
shot "$out"
kill -0 "$tpid" 2>/dev/null || echo "termshot: warning: $term had ended before the last shot" >&2
