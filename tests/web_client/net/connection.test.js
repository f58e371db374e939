// A connection in virtual time; the test plays the server.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Backoff } from "../../../web_client/src/net/backoff.js";
import { Connection } from "../../../web_client/src/net/connection.js";
import { decode, encode } from "../../../web_client/src/net/msgpack.js";
import { SessionToken } from "../../../web_client/src/net/session_token.js";
import { toJoin, toWatch } from "../../../web_client/src/net/intents.js";
import { welcomeArray } from "./toy.js";

/** @typedef {import("../../../web_client/src/net/protocol.js").ServerMessage} ServerMessage */

const HELLO = [1, "Ada", "browser/1", "secret"];
const RESUME = [10, "token"];
const NO_PLAYER = 65535;
/** A close code that leaves the seat to be resumed, as 1000 would not. */
const TIMED_OUT = 4006;

/** What a connection needs of a WebSocket. */
class FakeSocket {
  /** @param {string} address */
  constructor(address) {
    this.address = address;
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
    if (this.closedWith !== null) return;
    this.onmessage({ data: encode(message).buffer });
  }

  /** @param {{[index: number]: unknown}} changes */
  welcome(changes = {}) {
    this.say(welcomeArray(changes));
  }

  /** @param {Uint8Array} bytes */
  send(bytes) {
    this.sent.push(structuredClone(decode(bytes)));
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
  let hidden = false;
  /** What the page does with a message: throws, to have a fault of its own. @type {(message: ServerMessage) => void} */
  let use = () => {};
  /** @type {FakeSocket[]} */
  const sockets = [];
  /** @type {string[]} */
  const states = [];
  /** @type {string[]} */
  const heard = [];
  /** @type {unknown[]} */
  const faults = [];
  const connection = new Connection(
    "ws://here/ws",
    {
      status: ({ state }) => states.push(state),
      message(message) {
        heard.push(message.type);
        use(message);
      },
      fault: (error) => faults.push(error),
    },
    {
      dial(address) {
        sockets.push(new FakeSocket(address));
        return /** @type {WebSocket} */ (/** @type {unknown} */ (sockets[sockets.length - 1]));
      },
      now: () => time,
      hidden: () => hidden,
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
    connection, sockets, states, faults, kept, heard,
    /** @param {(message: ServerMessage) => void} how */
    useMessages(how) {
      use = how;
    },
    /** @returns {FakeSocket} */
    get socket() {
      return sockets[sockets.length - 1];
    },
    get state() {
      return connection.status.state;
    },
    /** @param {number} seconds of silence @param {number} late milliseconds from one timer to the next */
    wait(seconds, late = 100) {
      for (let step = 0; step < (seconds * 1000) / late - 1e-6; step += 1) {
        time += late;
        connection.watch();
      }
    },
    /** The tab is hidden, and its timers fire once a minute. @param {number} minutes @param {() => void} meanwhile */
    hide(minutes, meanwhile = () => {}) {
      hidden = true;
      for (let minute = 0; minute < minutes; minute += 1) {
        this.wait(60, 60_000);
        meanwhile();
      }
    },
    /** The machine sleeps: no timer, no message. @param {number} seconds */
    sleep(seconds) {
      time += seconds * 1000;
    },
    /** The clock of what `sent` holds at its end. */
    get last() {
      return this.socket.sent.at(-1);
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

test("a match that is elsewhere is asked for there, with the ticket, and nothing is seen of it", () => {
  const world = inLobby();
  world.connection.ask(toJoin("K7RW2P"));
  const first = world.socket;
  first.say([27, "/ws?match=K7RW2P", "a ticket"]);
  assert.equal(first.closedWith, TIMED_OUT);
  assert.equal(world.socket.address, "ws://here/ws?match=K7RW2P&ticket=a%20ticket");
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [HELLO, [6, "K7RW2P", "", 0]]);
  world.socket.welcome();
  assert.deepEqual(world.states, ["connecting", "joining", "lobby", "joining", "playing"]);
});

test("a seat that goes elsewhere is resumed there, and the match stays on the screen", () => {
  const world = playing();
  world.socket.say([27, "wss://other.example/ws?match=K7RW2P", "ticket"]);
  assert.equal(world.socket.address, "wss://other.example/ws?match=K7RW2P&ticket=ticket");
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [HELLO, RESUME]);
  world.socket.welcome();
  assert.deepEqual(world.states, ["connecting", "joining", "playing", "playing"]);
});

test("a server to which the page was sent, and which does not answer, is given up after two seconds", () => {
  const world = inLobby();
  world.connection.ask(toJoin("K7RW2P"));
  world.socket.say([27, "wss://other.example/ws?match=K7RW2P", "ticket"]);
  world.wait(1.9);
  assert.equal(world.sockets.length, 2);
  world.wait(0.6);
  assert.equal(world.socket.address, "ws://here/ws?match=K7RW2P");
});

test("servers that send the page from one to the other are left alone for a while", () => {
  const world = inLobby();
  world.connection.ask(toJoin(""));
  for (let hop = 0; hop < 4; hop += 1) {
    world.socket.say([27, "/ws?match=K7RW2P", "ticket"]);
    world.socket.accept();
  }
  assert.equal(world.sockets.length, 5);
  world.socket.say([27, "/ws?match=K7RW2P", "ticket"]);
  assert.equal(world.state, "lost");
  world.wait(0.1);
  assert.equal(world.sockets.length, 5);
  world.wait(5);
  assert.ok(world.sockets.length > 5);
});

test("a connection for a match names it, so that the process that has it is found at once", () => {
  const world = setUp();
  world.connection.enter("Ada", toJoin("K7RW2P"));
  assert.equal(world.socket.address, "ws://here/ws?match=K7RW2P");
  world.socket.accept();
  world.socket.welcome({ 3: ["X2M4QT", "Friday", "arena", 16, 0, 1] });
  world.socket.hangUp(1006);
  world.wait(1);
  assert.equal(world.socket.address, "ws://here/ws?match=X2M4QT");
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

test("a second welcome begins another stay, without the lobby between", () => {
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
  world.connection.suspect();
  assert.equal(world.sockets.length, length + 1);
});

test("a connection that fell silent is replaced at once when the browser is online again; one in use is not", () => {
  const world = playing();
  world.connection.suspect();
  assert.equal(world.sockets.length, 1);
  world.socket.say([19, 0, 0]);
  world.wait(2.4);
  world.connection.suspect();
  assert.equal(world.sockets.length, 1, "where nothing happens, it is heard every 1.6 seconds");
  world.socket.say([19, 0, 0]);
  world.wait(2.6);
  world.connection.suspect();
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

test("where nothing happens, answers to the pings keep the connection, also when they are slow", () => {
  const world = playing();
  world.states.length = 0;
  for (const apart of [1.6, 2.8, 1.6, 2.8, 1.6]) {
    world.wait(apart);
    world.socket.say([19, 5, 0]);
  }
  assert.deepEqual([world.states, world.state], [[], "playing"]);
});

test("one who watches late is patient for so much longer, and watches again after a loss", () => {
  const world = inLobby();
  world.connection.ask(toWatch("K7RW2P", "secret"));
  world.socket.welcome({ 1: NO_PLAYER, 10: "", 12: ["", {}, 0, 1, 2, 20, 0, 0] });
  assert.equal(world.state, "watching");
  world.wait(34);
  assert.equal(world.state, "watching");
  world.socket.hangUp(1006);
  world.wait(1);
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [HELLO, [9, "K7RW2P", "secret"]]);
});

test("in the lobby some pings go out at once, then one every two seconds, and silence is heard", () => {
  const world = inLobby();
  world.wait(4);
  assert.deepEqual(world.socket.sent.slice(1), [100, 200, 300, 400, 500, 600, 700, 800, 2800].map((at) => [4, at]));
  world.socket.say([19, 4000 - 40, 0]);
  assert.equal(world.connection.roundTrip, 40);
  world.wait(8.2);
  assert.equal(world.state, "lost");
});

test("the shortest of several round trips is the line's, for a server may take its time; a new line has its own", () => {
  const world = inLobby();
  world.wait(1);
  for (const waited of [98, 54, 12, 71]) world.socket.say([19, 1000 - waited, 0]);
  assert.equal(world.connection.roundTrip, 12);
  world.socket.hangUp(1006);
  world.wait(1);
  world.socket.accept();
  world.socket.say([21, 0, "Welcome", "Ada", []]);
  world.socket.say([19, 2000 - 80, 0]);
  assert.equal(world.connection.roundTrip, 80);
});

test("a place in a queue is taken up again after a loss, with its password", () => {
  const world = inLobby();
  world.connection.ask(toJoin("K7RW2P", "secret", true));
  world.socket.say([25, "K7RW2P", 2, 3, "Friday"]);
  assert.equal(world.state, "lobby");
  assert.deepEqual(world.connection.whereabouts.queue, { match: "K7RW2P", password: "secret", place: 2, length: 3, name: "Friday" });
  world.socket.hangUp(1006);
  world.wait(1);
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [HELLO, [6, "K7RW2P", "secret", 1]]);
  world.socket.say([25, "K7RW2P", 0, 0, "Friday"]);
  assert.equal(world.connection.whereabouts.queue, null);
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
  assert.equal(world.connection.whereabouts.queue, null);
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

test("a player who quits gives the seat up, and their page hears nothing any more", () => {
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

// What a person wished last

/** @typedef {ReturnType<typeof setUp>} World */
const LEAVE = [11];
const JOIN = [6, "BBBBBB", "", 1];
const WATCH = [9, "K7RW2P", ""];
const CREATED = [8, "Mine", "", "", 16, 4, 0, 0, "", {}, 1, 2, 0, 1, 1];
const OPTIONS = {
  name: "Mine", game: "", mode: "", maxPlayers: 16, bots: 4, rounds: 0, private: false, password: "",
  options: {}, takeover: true, spectating: 2, delay: 0, rotation: 1, recorded: true,
};

function watching() {
  const world = inLobby();
  world.connection.ask(toWatch("K7RW2P"));
  world.socket.welcome({ 1: NO_PLAYER, 10: "" });
  return world;
}

function queued() {
  const world = inLobby();
  world.connection.ask(toJoin("K7RW2P", "", true));
  world.socket.say([25, "K7RW2P", 1, 1, "Friday"]);
  return world;
}

/** @type {[name: string, begin: () => World, wish: (world: World) => void, asked: unknown[]][]} */
const WISHES = [
  ["leave a seat", playing, ({ connection }) => connection.leave(), [RESUME, LEAVE]],
  ["leave while watching", watching, ({ connection }) => connection.leave(), []],
  ["leave the queue", queued, ({ connection }) => connection.leave(), []],
  ["join", inLobby, ({ connection }) => connection.ask(toJoin("BBBBBB", "", true)), [JOIN]],
  ["join while in another queue", queued, ({ connection }) => connection.ask(toJoin("BBBBBB", "", true)), [JOIN]],
  ["watch", inLobby, ({ connection }) => connection.ask(toWatch("K7RW2P")), [WATCH]],
  ["take a seat while watching", watching, ({ connection }) => connection.ask(toJoin("BBBBBB", "", true)), [WATCH, JOIN]],
  ["create", inLobby, ({ connection }) => connection.ask({ kind: "create", options: OPTIONS }), [CREATED]],
  ["leave, then join another", playing, ({ connection }) => {
    connection.leave();
    connection.ask(toJoin("BBBBBB", "", true));
  }, [RESUME, LEAVE, JOIN]],
  ["join another, then leave", watching, ({ connection }) => {
    connection.ask(toJoin("BBBBBB", "", true));
    connection.leave();
  }, []],
  ["nothing new in a seat", playing, () => {}, [RESUME]],
  ["nothing new in the queue", queued, () => {}, [[6, "K7RW2P", "", 1]]],
  ["nothing new while watching", watching, () => {}, [WATCH]],
];

for (const [name, begin, wish, asked] of WISHES) {
  test(`on a line that is dead, the wish holds after a reconnection: ${name}`, () => {
    const world = begin();
    wish(world);
    world.wait(name.startsWith("nothing") ? 27 : 3.8);
    assert.ok(world.sockets.length > 1, "the silence was heard");
    world.connection.retry();
    world.socket.accept();
    assert.deepEqual(world.socket.sent.slice(0, 1 + asked.length), [HELLO, ...asked]);
  });
}

test("a stay that was left on a dead line is ended unseen, and its token is nowhere", () => {
  const world = playing();
  world.connection.leave();
  assert.equal(world.kept.size, 0);
  world.wait(3.2);
  assert.match(world.connection.status.reason, /You have left/);
  world.connection.retry();
  world.socket.accept();
  world.states.length = world.heard.length = 0;
  world.socket.welcome({ 10: "token 2" });
  assert.deepEqual([world.states, world.heard], [[], []]);
  world.socket.hangUp(1006);
  world.connection.retry();
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [HELLO, [10, "token 2"], LEAVE]);
  world.socket.welcome();
  world.socket.say([21, 1, "you left", "Ada", []]);
  assert.equal(world.state, "lobby");
  assert.ok(!world.states.includes("playing"));
  world.socket.hangUp(1006);
  world.wait(1);
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [HELLO]);
});

test("a seat that was given up meanwhile needs no leave, and nothing is said of it", () => {
  const world = playing();
  world.connection.leave();
  world.socket.hangUp(1006);
  world.wait(1);
  world.socket.accept();
  world.heard.length = 0;
  world.socket.say([24, 10, 7, "the seat was given up", 0]);
  world.socket.say([21, 0, "Welcome, Ada", "Ada", []]);
  assert.equal(world.state, "lobby");
  assert.ok(!world.heard.includes("refused"));
});

test("a map that begins while the leave is on its way does not bring the page back", () => {
  const world = playing();
  world.connection.leave();
  world.heard.length = 0;
  world.socket.welcome();
  world.socket.say([21, 1, "you left", "Ada", []]);
  assert.equal(world.state, "lobby");
  assert.deepEqual(world.heard, ["home"]);
});

test("what is asked for after leaving is answered after the home", () => {
  const world = playing();
  world.connection.leave();
  world.connection.ask(toJoin("BBBBBB"));
  world.socket.say([21, 1, "you left", "Ada", []]);
  assert.equal(world.state, "joining");
  world.socket.welcome();
  assert.equal(world.state, "playing");
});

test("a seat left over by a change of name on a dead line is given up at the next hello", () => {
  const world = playing();
  world.socket.hangUp(1006);
  world.connection.quit();
  world.connection.enter("Bob");
  world.socket.accept();
  assert.deepEqual(world.socket.sent, [[1, "Bob", "browser/1", "secret"], RESUME, LEAVE]);
});

test("a player who asks for something hears within three seconds that the line is dead, while watching with a delay, too", () => {
  const world = inLobby();
  world.connection.ask(toWatch("K7RW2P"));
  world.socket.welcome({ 1: NO_PLAYER, 10: "", 12: ["", 0, 0, 1, 2, 60, 0, 0] });
  world.connection.leave();
  world.wait(3.2);
  assert.equal(world.state, "lost");
});

test("a token that no server would take is cleared from the storage", () => {
  for (const content of [`K7RW2P ${"x".repeat(129)}`, `${"K".repeat(33)} token`, "nonsense", " ", "K7RW2P "]) {
    const kept = new Map([["game-server.seat", content]]);
    const world = setUp(kept);
    world.connection.enter("Ada");
    world.socket.accept();
    assert.deepEqual(world.socket.sent, [HELLO], content);
    assert.equal(kept.size, 0, content);
  }
});

// Failing again and again

test("a connection that ends right after its welcome is tried later and later", () => {
  const world = playing();
  /** @type {number[]} */
  const waits = [];
  for (let attempt = 0, waited = 0; attempt < 40; attempt += 1, waited = 0) {
    const { length } = world.sockets;
    world.socket.hangUp(1006);
    for (; world.sockets.length === length; waited += 100) world.wait(0.1);
    waits.push(waited);
    world.socket.accept();
    world.socket.welcome();
  }
  assert.deepEqual(waits.slice(0, 3), [300, 600, 800]);
  assert.equal(waits.at(-1), 5000);
});

test("a match that is played proves the connection, and the next loss is made up for at once", () => {
  const world = playing();
  for (let loss = 0; loss < 10; loss += 1) {
    world.connection.proved();
    const { length } = world.sockets;
    world.socket.hangUp(1006);
    world.wait(0.3);
    assert.equal(world.sockets.length, length + 1);
    world.socket.accept();
    world.socket.welcome();
  }
});

test("a page that cannot use what it hears says so, and tries no further", () => {
  const world = playing();
  world.useMessages(() => {
    throw new TypeError("of the page's own");
  });
  for (let second = 0; second < 300; second += 1) {
    world.connection.proved();
    if (world.socket.readyState === 0) world.socket.accept();
    world.socket.say([20, 1, "a notice"]);
    world.wait(1);
  }
  assert.equal(world.state, "broken");
  assert.match(world.connection.status.reason, /this page/);
  assert.equal(world.sockets.length, 3);
  assert.equal(world.faults.length, 3);
  assert.equal(world.connection.token.value, "token");
});

test("a fault of the server's and one of the page's own are distinguished", () => {
  const world = playing();
  world.socket.say([17, "nonsense"]);
  assert.match(world.connection.status.reason, /could not be read/);
  world.wait(1);
  world.useMessages(() => {
    throw new TypeError("of the page's own");
  });
  world.socket.accept();
  assert.match(world.connection.status.reason, /went wrong/);
});

test("faults that are an hour apart do not add up", () => {
  const world = playing();
  for (let hour = 0; hour < 5; hour += 1) {
    world.socket.say([17, "nonsense"]);
    world.sleep(3600);
    world.wait(1);
    world.socket.accept();
    world.socket.welcome();
  }
  assert.equal(world.state, "playing");
});

test("a match that the page cannot play gives its seat up, and ends in a screen", () => {
  const world = playing();
  world.connection.refuse("This page has no game called chess.");
  world.wait(60);
  assert.equal(world.state, "unplayable");
  assert.equal(world.sockets[0].closedWith, 1000);
  assert.equal(world.connection.token.value, "");
  assert.equal(world.sockets.length, 1);
});

// Hidden tabs, and machines that sleep

test("a hidden tab in the queue does not take its own lateness for the server's silence", () => {
  const world = queued();
  world.hide(30, () => world.socket.say([19, 0, 0]));
  assert.equal(world.state, "lobby");
  assert.equal(world.sockets.length, 1);
});

test("a line that is dead is noticed in a hidden tab, too", () => {
  const world = queued();
  world.hide(3);
  assert.ok(world.sockets.length > 1);
});

test("a hidden tab whose match falls silent has its seat again with the next timer", () => {
  const world = playing();
  world.hide(1);
  assert.equal(world.sockets.length, 2);
});

test("a socket that never opens is given up in a hidden tab, too", () => {
  const world = setUp();
  world.connection.enter("Ada");
  world.hide(4);
  assert.ok(world.sockets.length > 1);
});

test("a hidden tab that is cut off has its seat again without waiting for a timer", () => {
  const world = playing();
  world.wait(1);
  world.hide(0);
  world.socket.hangUp(1006);
  assert.equal(world.sockets.length, 2);
  world.socket.accept();
  world.socket.welcome();
  assert.equal(world.state, "playing");
  world.socket.hangUp(1006);
  assert.equal(world.sockets.length, 2, "but a connection that proved nothing is not tried again at once");
});

test("a tab that is looked at does not meet a server that comes back in the same instant as all others", () => {
  const world = playing();
  world.socket.hangUp(1006);
  assert.equal(world.sockets.length, 1);
});

test("after a sleep the first timer does not judge what is still to be read", () => {
  for (const world of [playing(), inLobby()]) {
    world.wait(1);
    world.sleep(600);
    world.wait(1);
    assert.equal(world.sockets.length, 1);
    world.socket.say([19, 0, 0]);
    world.wait(2);
    assert.equal(world.sockets.length, 1);
  }
});

test("a question that a sleep interrupts is asked again, also after others were answered late", () => {
  const world = inLobby();
  world.hide(2, () => world.socket.say([19, 0, 0]));
  world.wait(2.1);
  world.sleep(600);
  world.wait(0.1);
  assert.equal(world.sockets.length, 1);
});

test("a socket that was closed without an event is replaced when the page is looked at", () => {
  for (const world of [inLobby(), playing()]) {
    world.socket.readyState = 3;
    world.connection.suspect();
    assert.equal(world.sockets.length, 2);
  }
});

test("in the lobby a page that is looked at again asks, and has two seconds of patience", () => {
  const world = inLobby();
  world.wait(5);
  world.socket.say([19, 0, 0]);
  world.sleep(1);
  world.connection.suspect();
  assert.equal(/** @type {number[]} */ (world.last)[0], 4);
  world.wait(2.2);
  assert.equal(world.state, "lost");
  const alive = inLobby();
  alive.connection.suspect();
  alive.socket.say([19, 0, 0]);
  alive.wait(2.2);
  assert.equal(alive.state, "lobby");
});
