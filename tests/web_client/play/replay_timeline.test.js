import assert from "node:assert/strict";
import { test } from "node:test";

import { MARKS } from "../../../web_client/src/net/recording.js";
import { timelineOf } from "../../../web_client/src/play/replay_timeline.js";
import { welcome } from "../net/toy.js";

test("marks are shown in words, with the names of that moment", () => {
  const marks = [
    { tick: 1, kind: MARKS.seated, rest: [2, "Ada", 0] },
    { tick: 1, kind: MARKS.seated, rest: [7, "Flint", 1] },
    { tick: 9, kind: MARKS.phase, rest: ["playing"] },
    { tick: 20, kind: MARKS.event, rest: [16, 2, 7] },
    { tick: 25, kind: MARKS.seated, rest: [7, "Grace", 0] },
    { tick: 30, kind: MARKS.event, rest: [16, 7, 3] },
    { tick: 40, kind: MARKS.chat, rest: ["Ada"] },
    { tick: 50, kind: MARKS.winners, rest: [["Ada", "Grace"]] },
    { tick: 60, kind: MARKS.winners, rest: [[]] },
    { tick: 70, kind: 99, rest: ["of a later version"] },
  ];
  assert.deepEqual(timelineOf(marks, welcome()).map(({ tick, kind, text }) => [tick, kind, text]), [
    [9, "phase", "playing"],
    [20, "event", "kill: Ada, Flint"],
    [30, "event", "kill: Grace, 3"],
    [40, "chat", "Ada says something"],
    [50, "winners", "Won by Ada, Grace"],
    [60, "winners", "Nobody has won"],
  ]);
});
