import assert from "node:assert/strict";
import { test } from "node:test";

import { SOUNDS, heardFrom } from "../../../web_client/src/games/arena/sounds.js";
import { Sound } from "../../../web_client/src/view/sound.js";

/** A context that counts what is started in it. */
function fakeContext() {
  const value = { value: 0, setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {}, setTargetAtTime() {} };
  /** @type {{onended: (() => void) | null}[]} */
  const started = [];
  const node = () => {
    const made = {
      gain: value, pan: value, frequency: value, Q: value, onended: null,
      /** @param {unknown} to */
      connect: (to) => to,
      disconnect() {},
      start: () => started.push(made),
      stop() {},
    };
    return made;
  };
  return {
    started, currentTime: 0, sampleRate: 100, state: "running", destination: {},
    createGain: node, createOscillator: node, createBufferSource: node, createBiquadFilter: node,
    createStereoPanner: node, createDynamicsCompressor: node,
    createBuffer: () => ({ getChannelData: () => new Float32Array(100) }),
  };
}

/** @param {ReturnType<typeof fakeContext>} context */
const soundIn = (context) => new Sound(() => /** @type {AudioContext} */ (/** @type {unknown} */ (context)));

test("nothing is heard before a gesture, and no context is asked for", () => {
  let opened = 0;
  const context = fakeContext();
  const sound = new Sound(() => {
    opened += 1;
    return /** @type {AudioContext} */ (/** @type {unknown} */ (context));
  });
  sound.play(SOUNDS.shot);
  assert.equal(opened, 0);
  sound.unlock();
  sound.unlock();
  assert.equal(opened, 1);
  sound.play(SOUNDS.shot);
  assert.equal(context.started.length, SOUNDS.shot.length);
});

test("after a phone call a look at the page or the next gesture brings the sound back", () => {
  for (const state of ["suspended", "interrupted", "running", "closed"]) {
    let resumed = 0;
    const context = Object.assign(fakeContext(), {
      state,
      resume: () => {
        resumed += 1;
        return Promise.resolve();
      },
    });
    const sound = soundIn(context);
    sound.resume();
    assert.equal(resumed, 0, "nothing to resume before the first gesture");
    const tries = state === "suspended" || state === "interrupted" ? 1 : 0;
    sound.unlock();
    assert.equal(resumed, tries, state);
    sound.resume();
    assert.equal(resumed, 2 * tries, state);
  }
});

test("a player who mutes hears nothing", () => {
  const context = fakeContext();
  const sound = soundIn(context);
  sound.set(0);
  sound.unlock();
  sound.play(SOUNDS.kill);
  assert.equal(context.started.length, 0);
});

test("a crowd of sounds is bounded, and the same one does not sound twice at once", () => {
  const context = fakeContext();
  const sound = soundIn(context);
  sound.unlock();
  sound.play(SOUNDS.shot);
  sound.play(SOUNDS.shot);
  assert.equal(context.started.length, 2);
  for (let shot = 0; shot < 100; shot += 1) {
    context.currentTime += 0.05;
    sound.play(SOUNDS.shot);
  }
  assert.ok(context.started.length <= 32);
  for (const source of context.started.splice(0)) source.onended?.();
  context.currentTime += 0.05;
  sound.play(SOUNDS.shot);
  assert.equal(context.started.length, 2);
});

test("a browser without sound plays without it", () => {
  const sound = new Sound(() => {
    throw new Error("no audio device");
  });
  sound.unlock();
  sound.play(SOUNDS.shot);
  assert.equal(sound.context, null);
});

test("what is far away is faint, and what is to the right is heard there", () => {
  const ear = { x: 0, y: 0 };
  assert.deepEqual(heardFrom(ear, ear), { loud: 1, pan: 0 });
  assert.equal(heardFrom({ x: 2000, y: 0 }, ear).loud, 0);
  assert.ok(heardFrom({ x: 300, y: 0 }, ear).pan > 0.3 && heardFrom({ x: -300, y: 0 }, ear).pan < -0.3);
});
