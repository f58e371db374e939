/** Sounds, made of tones and noise when they are played. Nothing is heard before the player has touched something. */

/** @typedef {import("../play/contract.js").Recipe} Recipe */
/** @typedef {import("../play/contract.js").Voice} Voice */

/** Voices at once: what is more is not heard anyway. */
const MOST_VOICES = 32;
/** Milliseconds between two of the same sound. */
const LEAST_GAP = 35;
const ATTACK = 0.004;
const NOISE_SECONDS = 1;

export class Sound {
  /** @param {() => AudioContext} open a context; called at the first gesture */
  constructor(open = () => new AudioContext()) {
    this.open = open;
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {GainNode | null} */
    this.out = null;
    /** @type {AudioBuffer | null} */
    this.noise = null;
    this.volume = 0.6;
    this.voices = 0;
    /** @type {Map<Recipe, number>} milliseconds of the last time */
    this.playedAt = new Map();
  }

  /** To be called in a gesture, as often as one likes: browsers let a page be heard only then. */
  unlock() {
    if (!this.context) {
      try {
        this.context = this.open();
      } catch {
        return; // a browser without sound plays without it
      }
      const limiter = this.context.createDynamicsCompressor();
      this.out = this.context.createGain();
      this.out.gain.value = this.volume;
      this.out.connect(limiter).connect(this.context.destination);
    }
    this.resume();
  }

  /** Be heard again, if the browser lets it: suspended, or on iOS "interrupted" by a phone call. */
  resume() {
    const { context } = this;
    if (context && context.state !== "running" && context.state !== "closed") context.resume().catch(() => {});
  }

  /** Fall silent, and give the device back. */
  stop() {
    const { context } = this;
    this.context = this.out = null;
    // To be closed twice is refused.
    context?.close().catch(() => {});
  }

  /** @param {number} volume 0 to 1 */
  set(volume) {
    this.volume = volume;
    if (this.out && this.context) this.out.gain.setTargetAtTime(volume, this.context.currentTime, 0.02);
  }

  /** @param {Recipe} recipe @param {number} loud 0 to 1 @param {number} pan -1 left to 1 right */
  play(recipe, loud = 1, pan = 0) {
    const { context, out } = this;
    if (!context || !out || context.state !== "running" || this.volume === 0 || loud < 0.02) return;
    const now = context.currentTime * 1000;
    if (now - (this.playedAt.get(recipe) ?? -Infinity) < LEAST_GAP || this.voices + recipe.length > MOST_VOICES) return;
    this.playedAt.set(recipe, now);
    const panner = context.createStereoPanner();
    panner.pan.value = Math.max(-1, Math.min(1, pan));
    panner.connect(out);
    for (const voice of recipe) this.sing(context, panner, voice, loud);
  }

  /** @param {AudioContext} context @param {AudioNode} out @param {Voice} voice @param {number} loud */
  sing(context, out, { wave, from, to, seconds, loud: own, after = 0 }, loud) {
    const start = context.currentTime + after;
    const end = start + seconds;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(own * loud, start + ATTACK);
    gain.gain.exponentialRampToValueAtTime(0.0005, end);
    gain.connect(out);
    const source = wave === "noise"
      ? this.hiss(context, gain, from, to, start, end)
      : tone(context, gain, wave, from, to, start, end);
    this.voices += 1;
    source.onended = () => {
      this.voices -= 1;
      gain.disconnect();
    };
    source.start(start);
    source.stop(end);
  }

  /**
   * @param {AudioContext} context @param {AudioNode} out
   * @param {number} from @param {number} to @param {number} start @param {number} end
   */
  hiss(context, out, from, to, start, end) {
    const source = context.createBufferSource();
    source.buffer = this.noise ??= whiteNoise(context);
    source.loop = true;
    const band = context.createBiquadFilter();
    band.type = "bandpass";
    band.Q.value = 0.9;
    band.frequency.setValueAtTime(from, start);
    band.frequency.exponentialRampToValueAtTime(to, end);
    source.connect(band).connect(out);
    return source;
  }
}

/**
 * @param {AudioContext} context @param {AudioNode} out @param {OscillatorType} wave
 * @param {number} from @param {number} to @param {number} start @param {number} end
 */
function tone(context, out, wave, from, to, start, end) {
  const source = context.createOscillator();
  source.type = wave;
  source.frequency.setValueAtTime(from, start);
  source.frequency.exponentialRampToValueAtTime(to, end);
  source.connect(out);
  return source;
}

/** @param {AudioContext} context @returns {AudioBuffer} */
function whiteNoise(context) {
  const buffer = context.createBuffer(1, context.sampleRate * NOISE_SECONDS, context.sampleRate);
  const samples = buffer.getChannelData(0);
  for (let at = 0; at < samples.length; at += 1) samples[at] = Math.random() * 2 - 1;
  return buffer;
}
