// A connection in virtual time; the test plays the server.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Backoff } from "../../../web_client/src/net/backoff.js";
import { Connection } from "../../../web_client/src/net/connection.js";
import { decode, encode } from "../../../web_client/src/net/msgpack.js";
import { SessionToken } from "../../../web_client/src/net/session_token.js";
import { toJoin, toWatch } from "../../../web_client/src/net/wishes.js";
import { welcomeArray } from "./toy.js";

const HELLO = [1, "Ada", "browser/1", "secret"];
const RESUME = [10, "token"];
const NO_PLAYER = 65535;
/** A close code that leaves the seat to be resumed, as 1000 would not. */
const TIMED_OUT = 4006;

/** What a connection needs of a WebSocket. */
class FakeSocket {
  constructor() {
    this.readyState = 0;
    /** @type {unknown[]} */
    this.sent = [];
    /** @type {number | null} */
    this.closedWith = null;
    this.onopen = () => {};
    /** @param {{data: unknown}} _event */
    this.onmessage = (_event) => {};
    /** @param {{code: number, reason: string}} _event */
    this.onclose = (_event) => {};
  }

  accept() {
    this.readyState = 1;
    this.onopen();
    this.say([21, 0, "Welcome, Ada", "Ada", []]);
  }

  /** @param {unknown} message */
  say(message) {
    this.onmessage({ data: encode(message).buffer });
  }

  /** @param {{[index: number]: unknown}} changes */
  welcome(changes = {}) {
    this.say(welcomeArray(changes));
  }

  /** @param {Uint8Array} bytes */
  send(bytes) {
    this.sent.push(decode(bytes));
  }

  /** @param {number} code */
  close(code) {
    this.closedWith = code;
  }

  /** @param {number} code @param {string} reason */
  hangUp(code, reason = "") {
    this.readyState = 3;
    this.onclose({ code, reason });
  }
}

/** @param {Map<string, string>} kept what the tab's storage holds */
function setUp(kept = new Map()) {
  let time = 0;
  /** @type {FakeSocket[]} */
  const sockets = [];
  /** @type {string[]} */
  const states = [];
  /** @type {unknown[]} */
  const faults = [];
  const connection = new Connection(
    "ws://here/ws",
    {
      status: ({ state }) => states.push(state),
      message() {},
      fault: (error) => faults.push(error),
    },
    {
      dial() {
        sockets.push(new FakeSocket());
        return /** @type {WebSocket} */ (/** @type {unknown} */ (sockets[sockets.length - 1]));
      },
      now: () => time,
      backoff: new Backoff(() => 1),
      token: new SessionToken({
        getItem: (key) => kept.get(key) ?? null,
        setItem: (key, value) => kept.set(key, value),
        removeItem: (key) => kept.delete(key),
      }),
      key: { value: "secret" },
    },
  );
  return {
    connection, sockets, states, faults, kept,
    /** @returns {FakeSocket} */
    get socket() {
      return sockets[sockets.length - 1];
    },
    get state() {
      return connection.status.state;
    },
    /** @param {number} seconds of silence */
    wait(seconds) {
      for (let step = 0; step < seconds * 10 - 1e-6; step += 1) {
        time += 100;
        connection.watch();
      }
    },
  };
}

function inLobby() {
  const world = setUp();
  world.connection.enter("Ada");
  world.socket.accept();
  return world;
}

function playing() {
  const world = setUp();
  world.connection.enter("Ada", toJoin("K7RW2P"));
  world.socket.accept();
  world.socket.welcome();
  return world;
}

test("entering says hello once the socket is open, and is in the lobby when the server says so", () => {
  const world = setUp();
  world.connection.enter("Ada");
  assert.deepEqual(world.socket.sent, []);
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [HELLO]);
  assert.deepEqual(world.states, ["connecting", "joining", "lobby"]);
});

test("a link is asked for at once with the hello, and the lobby is not seen on the way", () => {
  const world = setUp();
  world.connection.enter("Ada", toJoin("K7RW2P", "", true));
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [HELLO, [6, "K7RW2P", "", 1]]);
  world.socket.welcome();
  assert.deepEqual(world.states, ["connecting", "joining", "playing"]);
});

test("a request in the lobby is answered by a stay or by a refusal, after which nothing has changed", () => {
  const world = inLobby();
  world.connection.ask(toJoin(""));
  assert.equal(world.state, "joining");
  world.socket.say([24, 6, 2, "full", 0]);
  assert.equal(world.state, "lobby");
  world.connection.ask(toJoin(""));
  world.socket.welcome();
  assert.equal(world.state, "playing");
});

test("leaving is the server's to grant, and nothing is left to come back to", () => {
  const world = playing();
  world.connection.leave();
  assert.deepEqual(world.socket.sent.at(-1), [11]);
  assert.equal(world.state, "playing");
  world.socket.say([21, 1, "you left", "Ada", []]);
  assert.equal(world.state, "lobby");
  assert.equal(world.connection.token.value, "");
  world.socket.hangUp(1006);
  world.wait(1);
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [HELLO]);
});

test("a second welcome begins the stay anew, without the lobby between", () => {
  const world = playing();
  world.states.length = 0;
  world.socket.welcome({ 10: "token 2" });
  assert.deepEqual(world.states, ["playing"]);
  assert.equal(world.connection.token.value, "token 2");
});

test("a lost seat is resumed with the hello of a new connection, within a third of a second", () => {
  const world = playing();
  world.socket.hangUp(1006);
  assert.equal(world.state, "lost");
  world.wait(0.3);
  assert.equal(world.sockets.length, 2);
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [HELLO, RESUME]);
  world.socket.welcome();
  assert.equal(world.state, "playing");
  assert.ok(!world.states.includes("lobby"));
});

test("a seat that is not kept any more leads to the lobby", () => {
  const world = playing();
  world.socket.hangUp(1006);
  world.wait(1);
  world.socket.accept();
  world.socket.say([24, 10, 7, "the seat was given up", 0]);
  assert.equal(world.state, "lobby");
  assert.equal(world.connection.token.value, "");
  assert.equal(world.kept.size, 0);
});

test("attempts come later each time, but not much while the seat is likely to be kept", () => {
  const world = playing();
  world.socket.hangUp(1006);
  /** @type {number[]} */
  const waits = [];
  for (let attempt = 1, waited = 0; attempt < 45; attempt += 1, waited = 0) {
    const { length } = world.sockets;
    for (; world.sockets.length === length; waited += 100) world.wait(0.1);
    waits.push(waited);
    world.socket.hangUp(1006);
  }
  assert.deepEqual(waits.slice(0, 3), [300, 600, 800]);
  assert.equal(Math.max(...waits.slice(0, 29)), 800);
  assert.equal(waits.at(-1), 5000);
});

test("when the browser is online again, an attempt is made at once", () => {
  const world = playing();
  world.socket.hangUp(1006);
  for (let attempt = 0; attempt < 5; attempt += 1) {
    world.wait(1);
    world.socket.hangUp(1006);
  }
  const { length } = world.sockets;
  world.connection.online();
  assert.equal(world.sockets.length, length + 1);
});

test("a connection that fell silent is replaced at once when the browser is online again; one in use is not", () => {
  const world = playing();
  world.connection.online();
  assert.equal(world.sockets.length, 1);
  world.wait(0.6);
  world.connection.online();
  assert.equal(world.sockets.length, 2);
  assert.equal(world.sockets[0].closedWith, TIMED_OUT);
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [HELLO, RESUME]);
});

test("in play three seconds of silence are enough to try a new connection", () => {
  const world = playing();
  world.wait(2.9);
  assert.equal(world.state, "playing");
  world.wait(0.2);
  assert.equal(world.state, "lost");
  assert.equal(world.sockets[0].closedWith, TIMED_OUT);
});

test("one who watches late is patient for so much longer, and watches again after a loss", () => {
  const world = inLobby();
  world.connection.ask(toWatch("K7RW2P", "secret"));
  world.socket.welcome({ 1: NO_PLAYER, 10: "", 12: ["", 0, 0, 1, 2, 20, 0, 0] });
  assert.equal(world.state, "watching");
  world.wait(34);
  assert.equal(world.state, "watching");
  world.socket.hangUp(1006);
  world.wait(1);
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [HELLO, [9, "K7RW2P", "secret"]]);
});

test("in the lobby a ping goes out every two seconds, and its silence is heard", () => {
  const world = inLobby();
  world.wait(2);
  assert.deepEqual(world.socket.sent.slice(1), [[4, 100]]);
  world.socket.say([19, 2000 - 40, 0]);
  assert.equal(world.connection.roundTrip, 40);
  world.wait(8.2);
  assert.equal(world.state, "lost");
});

test("a place in a queue is taken up again after a loss, with its password", () => {
  const world = inLobby();
  world.connection.ask(toJoin("K7RW2P", "secret", true));
  world.socket.say([25, "K7RW2P", 2, 3, "Friday"]);
  assert.equal(world.state, "lobby");
  assert.deepEqual(world.connection.place.queue, { match: "K7RW2P", password: "secret", place: 2, length: 3, name: "Friday" });
  world.socket.hangUp(1006);
  world.wait(1);
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [HELLO, [6, "K7RW2P", "secret", 1]]);
  world.socket.say([25, "K7RW2P", 0, 0, "Friday"]);
  assert.equal(world.connection.place.queue, null);
});

test("watching goes on while there is no seat, and ends with the seat", () => {
  const world = inLobby();
  world.connection.ask(toWatch("K7RW2P"));
  world.socket.welcome({ 1: NO_PLAYER, 10: "" });
  world.connection.ask(toJoin("K7RW2P", "", true));
  world.socket.say([25, "K7RW2P", 1, 1, "Friday"]);
  assert.equal(world.state, "watching");
  world.socket.welcome();
  assert.equal(world.state, "playing");
  assert.equal(world.connection.place.queue, null);
});

test("a tab that is replaced does not fight for the seat, and can take it back", () => {
  const world = playing();
  world.socket.hangUp(4003, "your session goes on elsewhere");
  world.wait(60);
  assert.equal(world.state, "replaced");
  assert.equal(world.sockets.length, 1);
  world.connection.takeBack();
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [HELLO, RESUME]);
});

test("the token survives a reload of the page", () => {
  const { kept } = playing();
  const world = setUp(kept);
  world.connection.enter("Ada", toJoin("K7RW2P"));
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [HELLO, RESUME]);
});

test("a link that is opened in a tab whose seat is gone joins all the same", () => {
  const { kept } = playing();
  const world = setUp(kept);
  world.connection.enter("Ada", toJoin("K7RW2P"));
  world.socket.accept();
  world.socket.say([24, 10, 7, "the seat was given up", 0]);
  assert.deepEqual(world.socket.sent.at(-1), [6, "K7RW2P", "", 0]);
  assert.equal(world.state, "joining");
});

test("a link to another match ends the old seat", () => {
  const { kept } = playing();
  const world = setUp(kept);
  world.connection.enter("Ada", toJoin("BBBBBB"));
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [HELLO, [6, "BBBBBB", "", 0]]);
});

test("a server that never answers the handshake is given up, sooner when it was there before", () => {
  const world = setUp();
  world.connection.enter("Ada");
  world.wait(10.2);
  assert.equal(world.state, "lost");
  world.wait(0.3);
  assert.equal(world.state, "connecting");
  world.wait(2.7);
  assert.equal(world.state, "lost");
});

test("a stopped server stays stopped until it answers again", () => {
  const world = playing();
  world.socket.hangUp(1001, "the server is stopping");
  assert.equal(world.state, "stopped");
  world.wait(2);
  world.socket.hangUp(1006);
  assert.equal(world.state, "stopped");
  world.wait(2);
  world.socket.accept();
  world.socket.welcome();
  world.socket.hangUp(1006);
  assert.equal(world.state, "lost");
});

test("a removed player and an old page are not tried again", () => {
  for (const [code, state] of /** @type {[number, string][]} */ ([[4009, "removed"], [4000, "version"], [4001, "removed"]])) {
    const world = playing();
    world.socket.hangUp(code, "because");
    world.wait(60);
    assert.equal(world.state, state);
    assert.equal(world.connection.status.reason, "because");
    assert.equal(world.sockets.length, 1);
  }
});

test("a message that cannot be read closes the connection and is tried again", () => {
  const world = playing();
  world.socket.say([17, "nonsense"]);
  assert.equal(world.faults.length, 1);
  assert.equal(world.state, "lost");
  assert.equal(world.sockets[0].closedWith, TIMED_OUT);
});

test("who goes away for good gives the seat up, and is not heard any more", () => {
  const world = playing();
  world.connection.quit();
  assert.equal(world.sockets[0].closedWith, 1000);
  assert.equal(world.connection.token.value, "");
  world.sockets[0].hangUp(1006);
  world.sockets[0].say([20, 1, "late"]);
  assert.equal(world.state, "nickname");
});

test("trying now does not wait, and does nothing while playing", () => {
  const world = playing();
  world.connection.retry();
  assert.equal(world.sockets.length, 1);
  world.socket.hangUp(4006);
  world.connection.retry();
  assert.equal(world.sockets.length, 2);
});
