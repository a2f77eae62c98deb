#!/bin/sh
# A backend in thirty lines: letters the prompt on a sheet of paper. PROTOCOL.md describes the messages.
printf '%s' '{"type":"hello","versions":[1,2],"name":"poster","about":"letters the prompt on a sheet of paper",'
printf '%s' '"offline":true,"previews":true,"params":['
printf '%s' '{"name":"size","about":"width and height in pixels","kind":"size","presets":["512x512","768x512"],"default":"512x512"},'
printf '%s\n' '{"name":"paper","about":"color of the sheet","kind":"choice","choices":["khaki","lightblue","pink"],"default":"khaki"}]}'

# The text of field $1 of the message, escaped as JSON.
field() { printf '%s\n' "$message" | sed -nE 's/.*"'"$1"'":"(([^"\\]|\\.)*)".*/\1/p'; }

# The same, escaped as XML.
xml() { sed -E 's/&/\&amp;/g; s/</\&lt;/g; s/\\\\/\&#92;/g; s/\\"/\&quot;/g; s/\\u.{4}|\\./ /g'; }

# An SVG of the sheet with the text $1 on it.
sheet() {
  echo "<svg xmlns='http://www.w3.org/2000/svg' width='$width' height='$height'><rect width='100%' height='100%' fill='$paper'/>"
  echo "<text x='50%' y='50%' text-anchor='middle' font-family='sans-serif' font-size='$((width / 16))'>$1</text></svg>"
}

read -r message || exit 0 # the end of stdin: no image is wanted
size=$(field size) paper=$(field paper) scratch=$(field scratch)
width=${size%x*} height=${size#*x}

sheet '' > "$scratch/sheet.svg"
echo '{"type":"status","text":"cutting the letters"}'
echo '{"type":"preview","path":"sheet.svg"}'
sheet "$(field prompt | xml | cut -d ' ' -f 1-8)" > "$scratch/poster.svg"
echo '{"type":"image","path":"poster.svg"}'
echo '{"type":"done"}'
