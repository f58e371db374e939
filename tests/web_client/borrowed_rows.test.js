// Rows and ships of a scene are valid until the next frame: here a later read of one is an error.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Fleet } from "../../web_client/src/games/arena/fleet.js";
import { startFight } from "./fakes/fight.js";

/** @template {object} T */
class Loans {
  constructor() {
    /** @type {(() => void)[]} */
    this.open = [];
    this.made = 0;
  }

  /** @param {T} thing @returns {T} that nobody can read any more after `end` */
  lend(thing) {
    const { proxy, revoke } = Proxy.revocable(thing, {});
    this.open.push(revoke);
    this.made += 1;
    return proxy;
  }

  end() {
    for (const revoke of this.open.splice(0)) revoke();
  }
}

/** @param {Awaited<ReturnType<typeof startFight>>} fight @returns {Loans<object>[]} of rows, and of ships */
function lendAll({ match, session }) {
  match.connection.trouble = (error) => {
    throw error;
  };
  const rows = /** @type {Loans<import("../../web_client/src/net/schema.js").Row>} */ (new Loans());
  const ships = /** @type {Loans<import("../../web_client/src/games/arena/fleet.js").Ship>} */ (new Loans());
  const { sampler } = session;
  const sample = sampler.sample.bind(sampler);
  sampler.sample = (moment) => {
    rows.end();
    const tables = sample(moment);
    return { ...tables, ship: new Map(Array.from(tables.ship, ([id, row]) => [id, rows.lend({ ...row })])) };
  };
  const of = Fleet.prototype.of;
  /** @type {readonly import("../../web_client/src/games/arena/fleet.js").Ship[]} */
  let lent = [];
  /** @type {object | null} */
  let scene = null;
  Fleet.prototype.of = function (asked) {
    if (asked === scene) return lent;
    scene = asked;
    ships.end();
    return (lent = of.call(this, asked).map((ship) => ships.lend({ ...ship })));
  };
  return [rows, ships];
}

const EVENTS = [
  { name: "hit", fields: ["attacker", "victim", "damage", "x", "y"], values: [[5, 6, 10, 1400, 800], [0, 7, 10, 1400, 800], [8, 0, 10, 1400, 800]] },
  { name: "kill", fields: ["killer", "victim"], values: [[5, 6], [0, 7], [8, 0]] },
  { name: "pickup", fields: ["player", "kind"], values: [[5, 1], [0, 1]] },
  { name: "respawn", fields: ["player"], values: [[6], [0]] },
];

/** @param {import("../../web_client/src/play/session.js").Session} session */
function declareEvents(session) {
  const events = new Map(EVENTS.map(({ name, fields }, at) => [100 + at, { name, fields }]));
  Object.assign(session.welcome.schema, { events });
}

for (const how of /** @type {const} */ (["playing", "watching"])) {
  test(`nobody keeps a row or a ship from one frame to the next, ${how}`, async () => {
    const watching = how === "watching";
    const fight = await startFight({ watching });
    const { frame, match, session, clock } = fight;
    declareEvents(session);
    const [rows, ships] = lendAll(fight);
    fight.instruments.recorder.record(true);
    const takeSnapshot = session.takeSnapshot.bind(session);
    for (let count = 0; count < 600; count += 1) {
      const code = 100 + (count % EVENTS.length);
      const { values } = EVENTS[count % EVENTS.length];
      session.takeEvent(clock.tick, { code, fields: values[count % values.length] }, clock.now);
      // Every other second there is a stall of a third of one, so that all is carried on, and then compared.
      session.takeSnapshot = count % 120 < 20 ? () => {} : takeSnapshot;
      frame();
      if (watching && count % 90 === 0) match.turn(1);
      if (watching && count % 50 === 0) match.press({ x: 900, y: 500 });
    }
    assert.ok(rows.made > 20_000 && ships.made > 20_000, `${rows.made} rows, ${ships.made} ships`);
  });
}
