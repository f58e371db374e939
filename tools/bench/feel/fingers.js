/**
 * Hands for a page: they fly about, or shoot at a target, through the same events as a person's. Evaluated in the page;
 * the value is an object of functions. All chance is seeded.
 */
(() => {
  const server = window.gameServer;
  const field = document.getElementById("field");

  /** mulberry32, a small generator of even chance @param {number} seed */
  function chance(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  /** @param {string} type @param {string} code */
  function key(type, code) {
    window.dispatchEvent(new KeyboardEvent(type, { code, bubbles: true, cancelable: true }));
  }

  /** @param {string} type @param {{x: number, y: number}} at @param {number} buttons */
  function mouse(type, at, buttons) {
    const event = { pointerType: "mouse", button: type === "pointermove" ? -1 : 0, buttons, bubbles: true };
    field.dispatchEvent(new PointerEvent(type, { ...event, clientX: at.x, clientY: at.y }));
  }

  /** @param {(now: number) => boolean} each frame; false ends it */
  function everyFrame(each) {
    return new Promise((done) => {
      const frame = (now) => (each(now) ? requestAnimationFrame(frame) : done(undefined));
      requestAnimationFrame(frame);
    });
  }

  /** Fly about, dash, turn, and shoot if asked to. @param {{seconds: number, seed: number, fire: boolean}} how */
  async function wander({ seconds, seed, fire }) {
    const random = chance(seed);
    const held = new Map(["KeyW", "KeyA", "KeyS", "KeyD"].map((code) => [code, false]));
    const ends = performance.now() + seconds * 1000;
    let next = 0;
    await everyFrame((now) => {
      if (now >= next) {
        next = now + 100 + 400 * random();
        for (const [code, down] of held) {
          const wish = random() < 0.4;
          if (wish !== down) key(wish ? "keydown" : "keyup", code);
          held.set(code, wish);
        }
        if (random() < 0.3) {
          key("keydown", "Space");
          key("keyup", "Space");
        }
        const at = { x: innerWidth * random(), y: innerHeight * random() };
        mouse("pointermove", at, 0);
        if (fire) {
          mouse("pointerdown", at, 1);
          mouse("pointerup", at, 0);
        }
      }
      return now < ends;
    });
    for (const [code, down] of held) if (down) key("keyup", code);
  }

  /**
   * Shoot dead-on: at where a target that flies straight on at `speed` meets the bolt, as this screen shows both.
   *
   * @param {{seconds: number, seed: number, target: number, speed: number, boltSpeed: number, tickRate: number,
   *   straight: [number, number]}} how
   */
  async function shoot({ seconds, seed, target, speed, boltSpeed, tickRate, straight }) {
    const random = chance(seed);
    const ends = performance.now() + seconds * 1000;
    const log = [];
    let next = 0;
    await everyFrame((now) => {
      const frames = server.frames;
      const last = frames[frames.length - 1];
      const before = frames[frames.length - 7];
      if (now >= next && before?.others[target] && last?.others[target] && last.x !== null) {
        const [x, y] = last.others[target];
        const seen = ((x - before.others[target][0]) / (last.time - before.time)) * tickRate;
        const velocity = Math.sign(seen) * speed;
        // The bolt starts in the tick that begins next; until then the target goes on, too.
        const wait = (Math.floor(last.own_time) + 1 - last.own_time) / tickRate;
        const start = x + velocity * wait;
        const time = meeting(start - last.x, y - last.y, velocity, boltSpeed);
        const meets = start + velocity * time;
        const lies = (at) => at > straight[0] && at < straight[1];
        if (Math.abs(seen - velocity) < 0.05 * speed && lies(before.others[target][0]) && lies(meets)) {
          next = now + 300 + 300 * random();
          const own = server.screen(last.x, last.y);
          const on = server.screen(meets, y);
          const away = 400 / Math.hypot(on.x - own.x, on.y - own.y);
          const at = { x: own.x + (on.x - own.x) * away, y: own.y + (on.y - own.y) * away };
          mouse("pointermove", at, 0);
          mouse("pointerdown", at, 1);
          mouse("pointerup", at, 0);
          log.push({ at: now, tick: Math.floor(last.own_time) + 1, behind: last.own_time - last.time, time,
            hits: server.hits, shots: server.shots, late: server.stats.late_inputs });
        }
      }
      return now < ends;
    });
    return log;
  }

  /** Seconds until a bolt meets what is at x, y and flies along x. */
  function meeting(x, y, velocity, boltSpeed) {
    const a = boltSpeed * boltSpeed - velocity * velocity;
    const b = x * velocity;
    return (b + Math.sqrt(b * b + a * (x * x + y * y))) / a;
  }

  return { wander, shoot };
})()
