# A real terminal emulator under a private X server: open it, type into it, capture it, close it. To be sourced.
#
#   open_terminal {kitty|xterm|mlterm|konsole|alacritty|foot|rio|xtermjs} COLSxROWS COMMAND
#   press KEYSYM...       with the names of xdotool: Tab ctrl+q Escape, and F4
#   shot FILE.png         the current content of the window, cropped to its cells
#   resize WIDTH HEIGHT   in pixels (not foot), in cells for xtermjs
#   close_terminal
#
# Every wait is for the window itself. The command has to keep running until after the last shot.
# Debian packages: xvfb xdotool imagemagick x11-utils libgl1-mesa-dri fonts-dejavu-core kitty xterm tmux, and optionally
# mlterm, konsole dbus-x11, alacritty, foot weston, chromium nodejs npm python3 (xtermjs).
# Rio is not in Debian: `cargo install rioterm`, RIO=path.
FONTSIZE=${FONTSIZE:-12} SCREEN=${SCREEN:-1600x1000}
terminal='' work='' window=''
pids=()

# Variables of an outer terminal would be taken for those of the tested one.
unset TMUX TMUX_PANE STY KITTY_WINDOW_ID KONSOLE_VERSION WEZTERM_EXECUTABLE TERM_PROGRAM LC_TERMINAL VTE_VERSION \
  WT_SESSION COLORTERM WAYLAND_DISPLAY NO_COLOR
export LIBGL_ALWAYS_SOFTWARE=1 GALLIUM_DRIVER=llvmpipe LANG=C.UTF-8 LC_ALL=C.UTF-8 NO_AT_BRIDGE=1

die() {
  echo "shots: $*" >&2
  [ ! -f "$work/term.log" ] || tail -5 "$work/term.log" >&2
  exit 1
}

# Repeats a command until it succeeds, for up to SECONDS.
until_so() { # SECONDS COMMAND...
  local end=$((SECONDS + $1)); shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep .1
  done
}

close_terminal() {
  local p
  for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done
  for p in "${pids[@]}"; do wait "$p" 2>/dev/null || true; done
  pids=()
  # Chromium's other processes keep writing for a moment.
  [ -z "$work" ] || until_so 20 rm -rf "$work" 2>/dev/null || true
  work=
}
trap close_terminal EXIT

open_terminal() { # TERMINAL COLSxROWS COMMAND
  terminal=$1 window=
  local cols=${2%x*} rows=${2#*x}
  work=$(mktemp -d "${TMPDIR:-/tmp}/shots.XXXXXX")
  # State as well: Konsole stores the size of its last window there.
  export XDG_RUNTIME_DIR=$work/run XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state
  mkdir -m 700 "$XDG_RUNTIME_DIR" "$XDG_CONFIG_HOME" "$XDG_STATE_HOME"
  printf '#!/bin/bash\n%s\n' "$3" > "$work/run.sh"; chmod +x "$work/run.sh"
  start_display
  "start_$terminal" "$cols" "$rows" > "$work/term.log" 2>&1 &
  pids=($! "${pids[@]}")
  until_so 120 find_window || die "$terminal opened no window"
  # The compositor's window appears before foot's; keys sent too early would be lost.
  [ "$terminal" != foot ] || until_so 60 foot_is_there || die "foot opened no window"
  [ "$terminal" != xtermjs ] || until_so 60 test -s "$work/box" || die "the page with xterm.js did not open"
  [ "$terminal" = foot ] || xdotool windowmove "$window" 0 0 2>/dev/null || true
  xdotool windowfocus "$window" 2>/dev/null || true
  [ "$terminal" != konsole ] || until_so 60 konsole_is_measured "$cols" "$rows" || die "konsole shows no cells"
}

# Takes the first free display. Does not use -displayfd, which creates no lock: without the abstract socket, a second
# server would take the same number, and both runs would capture whichever started last.
start_display() {
  local number
  for number in $(seq 90 190); do
    # An abstract socket may belong to a server with another root folder, so it is checked before our own.
    ! grep -q "@/tmp/.X11-unix/X$number\$" /proc/net/unix || continue
    # -noreset: without it, the server occasionally rejects the clients after the first one.
    # -nolisten local: all root folders of a machine share the abstract socket, so two runs would use the same one.
    Xvfb ":$number" -screen 0 "${SCREEN}x24" -nolisten tcp -nolisten local -noreset +extension GLX +render 2>"$work/xvfb.log" &
    pids=($!)
    export DISPLAY=:$number
    until_so 60 display_is_there_or_taken || die "Xvfb did not start: $(cat "$work/xvfb.log")"
    ! kill -0 "${pids[0]}" 2>/dev/null || return 0
  done
  die "no display is free: $(cat "$work/xvfb.log")"
}

display_is_there_or_taken() {
  ! kill -0 "${pids[0]}" 2>/dev/null || { is_our_display && xdpyinfo >/dev/null 2>&1; }
}

is_our_display() {
  local owner=; read -r owner 2>/dev/null < "/tmp/.X${DISPLAY#:}-lock" || return 1
  [ "$owner" = "${pids[0]}" ]
}

# Finds the first window that is large enough to be a terminal.
find_window() {
  kill -0 "${pids[0]}" 2>/dev/null || die "$terminal ended early"
  local w WIDTH HEIGHT
  for w in $(xdotool search --onlyvisible --class . 2>/dev/null || true); do
    WIDTH=0 HEIGHT=0
    eval "$(xdotool getwindowgeometry --shell "$w" 2>/dev/null | grep -E '^(WIDTH|HEIGHT)=')" || continue
    [ "$WIDTH" -le 200 ] || [ "$HEIGHT" -le 80 ] || window=$w
  done
  [ -n "$window" ]
}

# Finds foot on the screenshot, as the only large object. The pointer, which the compositor draws, is too small.
box_of_foot() {
  import -window root "$work/root.png"
  /usr/bin/convert "$work/root.png" -fuzz 2% -fill white -opaque '#ff00ff' -fuzz 0% -fill black +opaque white \
    -define connected-components:area-threshold=5000 -define connected-components:mean-color=true \
    -connected-components 8 -format '%@' info:
}

# Clicks into a corner of foot to give it the keyboard focus; far enough inside for the whole pointer.
foot_is_there() {
  local box; box=$(box_of_foot 2>/dev/null) || return 1
  local size=${box%%+*} at=${box#*+}
  [ "${size%x*}" -gt 200 ] && [ "${size%x*}" -lt "${SCREEN%x*}" ] || return 1
  xdotool windowfocus "$window"
  xdotool mousemove "$((${at%+*} + ${size%x*} - 24))" "$((${at#*+} + ${size#*x} - 24))" click 1
}

start_kitty() {
  exec kitty --config NONE -o font_size="$FONTSIZE" -o font_family='DejaVu Sans Mono' -o remember_window_size=no \
    -o initial_window_width="$1c" -o initial_window_height="$2c" -o window_padding_width=0 -o window_margin_width=0 \
    -o placement_strategy=top-left -o cursor_blink_interval=0 -o update_check_interval=0 -o enable_audio_bell=no \
    -o confirm_os_window_close=0 -o shell_integration=disabled "$work/run.sh"
}

# As a VT340, xterm shows sixels; its default limits would be too low for a photograph.
start_xterm() {
  exec xterm -ti vt340 -xrm 'XTerm*decGraphicsID: vt340' -xrm 'XTerm*numColorRegisters: 256' \
    -xrm 'XTerm*maxGraphicSize: 2000x2000' -xrm 'XTerm*sixelScrolling: true' -xrm 'XTerm*allowWindowOps: true' \
    -fa 'DejaVu Sans Mono' -fs "$FONTSIZE" -geometry "$1x$2+0+0" -bg black -fg gray90 -b 0 +sb -e "$work/run.sh"
}

start_mlterm() {
  exec mlterm --geometry="$1x$2+0+0" --fontsize="$((FONTSIZE + 4))" --sbmod=none --sb=false --border=0 \
    --fg=white --bg=black -e "$work/run.sh"
}

# The position and the size of the cells differ between versions. All cells are therefore painted first, and the
# command waits until they have been measured.
start_konsole() {
  mkdir -p "$work/home/konsole"
  printf '[Appearance]\nFont=DejaVu Sans Mono,%s\n[General]\nName=S\nParent=FALLBACK/\nTerminalColumns=%s\nTerminalRows=%s\n[Scrolling]\nScrollBarPosition=2\n' \
    "$FONTSIZE" "$1" "$2" > "$work/home/konsole/S.profile"
  cat > "$work/painted.sh" <<SH
#!/bin/bash
printf '\e[?25l\e[48;2;255;0;255m\e[H\e[2J'
until [ -s "$work/cells" ]; do sleep .1; done
printf '\e[0m\e[H\e[2J\e[?25h'
exec "$work/run.sh"
SH
  chmod +x "$work/painted.sh"
  XDG_DATA_HOME=$work/home exec dbus-run-session -- konsole --nofork --separate --hide-menubar --hide-tabbar \
    --profile S -e "$work/painted.sh"
}

# Records the corner of the first cell, the size of a cell, and the size of the window.
konsole_is_measured() { # COLS ROWS
  local box size at
  import -window "$window" "$work/root.png" 2>/dev/null || return 1
  box=$(/usr/bin/convert "$work/root.png" -fill black +opaque '#ff00ff' -trim -format '%wx%h%O' info: 2>/dev/null) || return 1
  size=${box%%+*} at=${box#*+}
  [ "${size%x*}" -gt 200 ] && [ "$((${size%x*} % $1 + ${size#*x} % $2))" = 0 ] || return 1
  echo "$((${size%x*} / $1)) $((${size#*x} / $2)) ${at%+*} ${at#*+} $(/usr/bin/identify -format '%w %h' "$work/root.png")" > "$work/measured"
  mv "$work/measured" "$work/cells"
}

# Alacritty 0.13 and later warns over the lowest lines if the config is YAML; earlier versions do not read TOML.
start_alacritty() {
  local minor; minor=$(alacritty --version | sed 's/^[^.]*\.\([0-9]*\).*/\1/')
  if [ "$minor" -lt 13 ]; then
    printf 'window:\n  dimensions: {columns: %s, lines: %s}\n  position: {x: 0, y: 0}\n  padding: {x: 0, y: 0}\nfont: {size: %s, normal: {family: DejaVu Sans Mono}}\n' \
      "$1" "$2" "$FONTSIZE" > "$work/alacritty.yml"
  else
    printf 'window.dimensions = { columns = %s, lines = %s }\nwindow.position = { x = 0, y = 0 }\nwindow.padding = { x = 0, y = 0 }\nfont.size = %s\nfont.normal.family = "DejaVu Sans Mono"\n' \
      "$1" "$2" "$FONTSIZE" > "$work/alacritty.toml"
  fi
  WINIT_X11_SCALE_FACTOR=1 exec alacritty --config-file "$work"/alacritty.* -e "$work/run.sh"
}

start_rio() {
  mkdir -p "$work/rio"
  printf 'margin = [0.0]\n[panel]\nmargin = [0.0]\npadding = [0.0]\nborder-width = 0.0\nborder-radius = 0.0\n[window]\ncolumns = %s\nrows = %s\ndecorations = "Disabled"\n[fonts]\nsize = %s\nfamily = "DejaVu Sans Mono"\n[renderer]\nbackend = "%s"\n[navigation]\nmode = "Plain"\n' \
    "$1" "$2" "$((FONTSIZE + 4))" "${RIO_BACKEND:-Vulkan}" > "$work/rio/config.toml"
  RIO_CONFIG_HOME=$work/rio WINIT_X11_SCALE_FACTOR=1 exec "${RIO:-rio}" -e "$work/run.sh"
}

# A Wayland terminal, in a compositor that is itself an X window, with a colored border that is cropped.
start_foot() {
  printf '[core]\nshell=desktop-shell.so\nidle-time=0\n[shell]\npanel-position=none\nbackground-color=0xffff00ff\nlocking=false\nanimation=none\nstartup-animation=none\nclose-animation=none\n' > "$work/weston.ini"
  weston --backend=x11-backend.so --width="${SCREEN%x*}" --height="${SCREEN#*x}" --config="$work/weston.ini" \
    --socket=shots --use-pixman &
  trap "kill $! 2>/dev/null" EXIT
  trap exit TERM
  until_so 60 test -S "$XDG_RUNTIME_DIR/shots" || exit 1
  WAYLAND_DISPLAY=shots foot --config=/dev/null --font="DejaVu Sans Mono:size=$FONTSIZE" \
    --window-size-chars="$1x$2" -o pad=0x0 -o csd.preferred=none -o mouse.hide-when-typing=yes "$work/run.sh" &
  wait $!
}

# VS Code's terminal, in a Chromium that fills the screen. Its packages are installed from npm, once.
start_xtermjs() {
  local modules=${XTERMJS:-target/xtermjs}
  if [ ! -d "$modules/node_modules/ws" ]; then
    mkdir -p "$modules" && cp shots/xtermjs/package*.json "$modules" && npm ci --silent --prefix "$modules"
  fi
  node shots/xtermjs/server.mjs "$(realpath "$modules/node_modules")" "$1" "$2" "$work/run.sh" "$work" &
  trap "kill $! 2>/dev/null" EXIT
  trap exit TERM
  until_so 60 test -s "$work/port" || exit 1
  chromium --no-sandbox --disable-gpu --no-first-run --kiosk --user-data-dir="$work/chromium" --window-position=0,0 \
    --window-size="${SCREEN/x/,}" "http://127.0.0.1:$(cat "$work/port")/" &
  trap "kill $! $(jobs -p | tr '\n' ' ') 2>/dev/null" EXIT
  wait $!
}

# F4 by its keycode: given the name, a newer xdotool holds Alt as well.
press() {
  xdotool key --delay 60 -- "${@/#F4/70}"
}

# Konsole has a toolbar that no setting removes. Everything around foot is cropped.
shot() { # FILE
  case $terminal in
    foot)
      local box; box=$(box_of_foot)
      /usr/bin/convert "$work/root.png" -crop "$box" +repage "$1" ;;
    konsole)
      local width height x y rest; read -r width height x y rest < "$work/cells"
      import -window "$window" "$1"
      /usr/bin/mogrify -crop "$((${grid%x*} * width))x$((${grid#*x} * height))+$x+$y" +repage "$1" ;;
    xtermjs)
      import -window root "$work/root.png"
      /usr/bin/convert "$work/root.png" -crop "$(cat "$work/box")" +repage "$1" ;;
    # The top two rows of pixels belong to no cell.
    rio)
      import -window "$window" "$1"
      /usr/bin/mogrify -gravity North -chop 0x2 +repage "$1" ;;
    *) import -window "$window" "$1" ;;
  esac
}

resize() {
  if [ "$terminal" = xtermjs ]; then
    exec 4<>"/dev/tcp/127.0.0.1/$(cat "$work/port")"
    printf 'GET /resize/%sx%s HTTP/1.0\r\n\r\n' "$1" "$2" >&4
    cat <&4 >/dev/null; exec 4>&-
    return
  fi
  xdotool windowsize "$window" "$1" "$2"
}
