// Node's `ws`, as its documentation advises: no compression, no UTF-8 checks, no queueing behind a slow client.
// One snapshot of 600 bytes a tick and client; its head is the client's own: the tick and the newest input's first
// four bytes. Usage: node ws_server.mjs PORT, with BENCH_MODULES naming the folder of node_modules.
import { createRequire } from "node:module";

const { WebSocketServer } = createRequire(process.env.BENCH_MODULES)("ws");

const RATE = 30;
const PAYLOAD = 600;
const SEND = { binary: true, compress: false };

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  backlog: 1024,
  perMessageDeflate: false,
  skipUTF8Validation: true,
  clientTracking: false,
});

const clients = new Set();

server.on("connection", (socket) => {
  const client = { socket, newest: 0 };
  clients.add(client);
  socket.on("message", (data) => {
    client.newest = data.readUInt32LE(0);
  });
  socket.on("close", () => clients.delete(client));
  socket.on("error", () => socket.terminate());
});

server.on("listening", () => console.log("Listening"));

let tick = 0;
const start = performance.now();

function step() {
  tick += 1;
  const state = Buffer.alloc(PAYLOAD, tick);
  for (const client of clients) {
    if (client.socket.bufferedAmount > 0) continue;
    const snapshot = Buffer.allocUnsafe(PAYLOAD);
    state.copy(snapshot);
    snapshot.writeUInt32LE(tick, 0);
    snapshot.writeUInt32LE(client.newest, 4);
    client.socket.send(snapshot, SEND);
  }
  setTimeout(step, start + ((tick + 1) * 1000) / RATE - performance.now());
}

step();
