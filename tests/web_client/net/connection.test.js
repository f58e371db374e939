import assert from "node:assert/strict";
import { test } from "node:test";

import { Backoff } from "../../../web_client/src/net/backoff.js";
import { Connection } from "../../../web_client/src/net/connection.js";
import { decode, encode } from "../../../web_client/src/net/msgpack.js";
import { SCHEMA } from "./toy.js";

const TIMEOUT = 15;

/** What a connection needs of a WebSocket; the test plays the server. */
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
  }

  /** @param {unknown} message */
  say(message) {
    this.onmessage({ data: encode(message).buffer });
  }

  welcome() {
    this.accept();
    this.say([16, 0, "Ada", ["m", "m", "toy", 4], 30, 0, TIMEOUT, SCHEMA, {}, []]);
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

function setUp() {
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
    },
  );
  return {
    connection, sockets, states, faults,
    /** @returns {FakeSocket} */
    get socket() {
      return sockets[sockets.length - 1];
    },
    /** @param {number} seconds */
    wait(seconds) {
      for (let step = 0; step < seconds * 10; step += 1) {
        time += 100;
        connection.watch();
      }
    },
  };
}

function playing() {
  const world = setUp();
  world.connection.join("Ada");
  world.socket.welcome();
  return world;
}

test("joining says hello with the nickname and the match, once the socket is open", () => {
  const world = setUp();
  world.connection.match = "m7";
  world.connection.join("Ada");
  assert.deepEqual(world.socket.sent, []);
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [[1, "Ada", "m7", "browser/1"]]);
  world.socket.welcome();
  assert.deepEqual(world.states, ["connecting", "joining", "joining", "playing"]);
});

test("a lost connection is tried again, later each time", () => {
  const world = playing();
  world.socket.hangUp(1006);
  assert.equal(world.connection.status.state, "lost");
  for (const [attempts, seconds] of [[2, 0.6], [3, 1.1], [4, 2.1], [5, 4.1]]) {
    assert.equal(world.sockets.length, attempts - 1);
    world.wait(seconds);
    assert.equal(world.sockets.length, attempts);
    world.socket.hangUp(1006);
  }
  world.wait(10);
  world.socket.welcome();
  assert.equal(world.connection.status.state, "playing");
});

test("a connection on which nothing comes for the timeout is given up", () => {
  const world = playing();
  world.wait(TIMEOUT - 1);
  assert.equal(world.connection.status.state, "playing");
  world.wait(2);
  assert.equal(world.connection.status.state, "connecting");
  assert.equal(world.sockets[0].closedWith, 1000);
});

test("a server that never answers the handshake is given up", () => {
  const world = setUp();
  world.connection.join("Ada");
  world.wait(10.2);
  assert.equal(world.connection.status.state, "lost");
});

test("a stopped server stays stopped until it answers again", () => {
  const world = playing();
  world.socket.hangUp(1001, "the server is stopping");
  assert.equal(world.connection.status.state, "stopped");
  world.wait(2);
  world.socket.hangUp(1006);
  assert.equal(world.connection.status.state, "stopped");
  world.wait(2);
  world.socket.welcome();
  world.socket.hangUp(1006);
  assert.equal(world.connection.status.state, "lost");
});

test("a removed player and an old page are not tried again", () => {
  for (const [code, state] of /** @type {[number, string][]} */ ([[4009, "removed"], [4000, "version"], [4001, "removed"]])) {
    const world = playing();
    world.socket.hangUp(code, "because");
    world.wait(60);
    assert.equal(world.connection.status.state, state);
    assert.equal(world.connection.status.reason, "because");
    assert.equal(world.sockets.length, 1);
  }
});

test("a full match is tried again, patiently", () => {
  const world = setUp();
  world.connection.join("Ada");
  world.socket.accept();
  world.socket.hangUp(4003);
  assert.equal(world.connection.status.state, "full");
  world.wait(3.9);
  assert.equal(world.sockets.length, 1);
  world.wait(1);
  assert.equal(world.sockets.length, 2);
});

test("an unknown match is not asked for again", () => {
  const world = setUp();
  world.connection.match = "nope";
  world.connection.join("Ada");
  world.socket.hangUp(4004);
  assert.equal(world.connection.status.state, "nickname");
  world.connection.join("Ada");
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [[1, "Ada", "", "browser/1"]]);
});

test("a message that cannot be read closes the connection and is tried again", () => {
  const world = playing();
  world.socket.say([17, "nonsense"]);
  assert.equal(world.faults.length, 1);
  assert.equal(world.connection.status.state, "lost");
  assert.equal(world.sockets[0].closedWith, 1000);
});

test("an old socket is not heard any more", () => {
  const world = playing();
  world.connection.leave();
  world.sockets[0].hangUp(1006);
  world.sockets[0].say([20, 1, "late"]);
  assert.equal(world.connection.status.state, "nickname");
});

test("trying now does not wait, and does nothing while playing", () => {
  const world = playing();
  world.connection.retry();
  assert.equal(world.sockets.length, 1);
  world.socket.hangUp(4006);
  world.connection.retry();
  assert.equal(world.sockets.length, 2);
});
