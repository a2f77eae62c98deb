// Serves the page with xterm.js and its image addon, and connects it to a pseudo-terminal that line.py opens.
//
//   node server.mjs NODE_MODULES COLUMNS ROWS COMMAND FOLDER
//
// Writes the page's port to FOLDER/port, and the position of its cells on the screen to FOLDER/box once they appear.
// GET /resize/COLSxROWS resizes the terminal.
import { spawn } from 'node:child_process';
import { createReadStream, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const [modules, columns, rows, command, folder] = process.argv.slice(2);
const { WebSocketServer } = createRequire(join(modules, 'x.js'))('ws');
const bridge = join(dirname(fileURLToPath(import.meta.url)), 'line.py');
const page = `<!doctype html><meta charset="utf-8"><title>xterm.js</title>
<link rel="stylesheet" href="/@xterm/xterm/css/xterm.css">
<style>body { margin: 0; background: #000; overflow: hidden }</style><div id="terminal"></div>
<script src="/@xterm/xterm/lib/xterm.js"></script><script src="/@xterm/addon-image/lib/addon-image.js"></script>
<script>
const terminal = new Terminal({
  cols: ${columns}, rows: ${rows}, fontFamily: 'DejaVu Sans Mono', fontSize: 14.9,
  allowProposedApi: true, scrollback: 100,
  windowOptions: { getWinSizePixels: true, getCellSizePixels: true, getWinSizeChars: true },
});
terminal.loadAddon(new ImageAddon.ImageAddon({ sixelSupport: true, iipSupport: true, enableSizeReports: true }));
terminal.open(document.getElementById('terminal'));
// The size of a letter depends on the browser and its fonts. The screenshots are compared cell by cell, so the font is
// enlarged until the cells are a whole number of pixels wide.
const isWhole = () => document.querySelector('.xterm-screen').getBoundingClientRect().width % terminal.cols === 0;
for (let size = 14.9; !isWhole() && size < 17; size += 0.01) terminal.options.fontSize = size;
const line = new WebSocket('ws://' + location.host + '/line');
line.binaryType = 'arraybuffer';
const tell = () => {
  const cells = document.querySelector('.xterm-screen').getBoundingClientRect();
  const x = Math.round(screenX + outerWidth - innerWidth + cells.x), y = Math.round(screenY + outerHeight - innerHeight + cells.y);
  const whole = (size, count) => Math.round(size / count) * count;
  fetch('/box/' + whole(cells.width, terminal.cols) + 'x' + whole(cells.height, terminal.rows) + '+' + x + '+' + y);
};
line.onopen = () => { terminal.focus(); setTimeout(tell, 300); };
line.onmessage = ({ data }) => {
  if (typeof data !== 'string') return terminal.write(new Uint8Array(data));
  terminal.resize(...data.split('x').map(Number));
  setTimeout(tell, 300);
};
terminal.onData((data) => line.send(data));
terminal.onBinary((data) => line.send(Uint8Array.from(data, (letter) => letter.charCodeAt(0))));
</script>`;
const types = { css: 'text/css', js: 'text/javascript' };
let socket, child;

const server = createServer((request, response) => {
  const [, verb, size] = request.url.split('/');
  if (request.url === '/') {
    response.setHeader('content-type', 'text/html');
    return response.end(page);
  }
  if (verb === 'box') {
    writeFileSync(join(folder, 'box'), size);
    return response.end();
  }
  if (verb === 'resize') {
    child.stdio[3].write(`${size.replace('x', ' ')}\n`);
    socket.send(size);
    return response.end();
  }
  const file = join(modules, normalize(request.url));
  if (!existsSync(file)) {
    response.statusCode = 404;
    return response.end();
  }
  response.setHeader('content-type', types[file.split('.').pop()] ?? 'application/octet-stream');
  createReadStream(file).pipe(response);
});

new WebSocketServer({ server, path: '/line' }).on('connection', (connection) => {
  socket = connection;
  child = spawn('python3', [bridge, columns, rows, command], { stdio: ['pipe', 'pipe', 'inherit', 'pipe'] });
  child.stdout.on('data', (data) => socket.send(data, { binary: true }));
  child.on('exit', () => process.exit(0));
  socket.on('message', (data) => child.stdin.write(data));
});
server.listen(0, '127.0.0.1', () => writeFileSync(join(folder, 'port'), String(server.address().port)));
process.on('SIGTERM', () => { child?.kill(); process.exit(0); });
