/** Puts the page together: who hears which key, and which screen is shown when. */

import { Client } from "./client.js";
import { serverAddress } from "./net/connection.js";
import { listenToKeyboardAndMouse } from "./play/input.js";
import { NicknameScreen } from "./screens/nickname.js";
import { SettingsScreen } from "./screens/settings.js";
import { StatusScreen } from "./screens/status.js";
import { Settings } from "./settings.js";
import { part, show } from "./view/dom.js";
import { Touch } from "./view/touch.js";

const KEEP_TIME_INTERVAL = 100;
/** Heard when the volume has been changed. @type {import("./view/sound.js").Recipe} */
const TRIAL = [{ wave: "sine", from: 660, to: 660, seconds: 0.3, loud: 0.3 }];

const wishes = new URLSearchParams(location.search);

/** @returns {Storage | null} null where it is forbidden */
function storage() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

const settings = new Settings(storage(), matchMedia("(prefers-reduced-motion: reduce)").matches);
const client = new Client(serverAddress(location), settings, (status) => {
  nicknameScreen.show(status.state === "nickname", status.reason);
  statusScreen.show(status);
  touch.show(status.state === "playing");
});
const { connection, input } = client;
connection.match = wishes.get("match") ?? "";
client.instruments.expose(window);

const nicknameScreen = new NicknameScreen((nickname) => connection.join(nickname));
const statusScreen = new StatusScreen({
  retry: () => connection.retry(),
  rejoin: () => connection.join(connection.nickname),
  leave: () => connection.leave(),
});
const settingsScreen = new SettingsScreen(settings, {
  leave: () => connection.leave(),
  closed: () => document.activeElement instanceof HTMLElement && document.activeElement.blur(),
  heard: () => client.sound.play(TRIAL),
});
/** A phone's layout suits every narrow page. */
const narrow = matchMedia("(max-width: 600px)");
function fit() {
  document.documentElement.classList.toggle("compact", client.thumbs || narrow.matches);
}
narrow.addEventListener("change", fit);
fit();

const touch = new Touch(input, playByTouch);
if (touch.used) playByTouch();

function playByTouch() {
  client.thumbs = true;
  document.documentElement.classList.add("by-touch");
  fit();
  show(part("touch-menu", HTMLElement), true);
  touch.show(client.playing);
}

const keysAreForTheGame = () => client.playing && !client.chat.writing && !settingsScreen.open;
listenToKeyboardAndMouse(input, settings.bindings, part("field", HTMLCanvasElement), keysAreForTheGame);

function openSettings() {
  input.releaseAll();
  client.scoreboard.wanted = false;
  settingsScreen.show(client.playing);
}

addEventListener("keydown", (event) => {
  if (event.code === "F3") {
    event.preventDefault();
    client.netGraph.toggle();
  } else if (event.code === "Escape") {
    if (settingsScreen.open) settingsScreen.close();
    else if (client.playing) openSettings();
  }
  if (!keysAreForTheGame()) return;
  const deed = settings.bindings.deedOf(event.code);
  if (deed === "scores") {
    event.preventDefault();
    client.scoreboard.wanted = true;
  } else if (deed === "chat") {
    event.preventDefault();
    input.releaseAll();
    client.chat.open();
  }
});
addEventListener("keyup", (event) => {
  if (settings.bindings.deedOf(event.code) === "scores") client.scoreboard.wanted = false;
});
addEventListener("blur", () => {
  client.scoreboard.wanted = false;
});
for (const gesture of ["keydown", "pointerdown", "touchend"]) {
  addEventListener(gesture, () => client.sound.unlock(), { capture: true, passive: true });
}
part("open-settings", HTMLButtonElement).addEventListener("click", openSettings);
part("touch-settings", HTMLButtonElement).addEventListener("click", openSettings);
part("touch-chat", HTMLButtonElement).addEventListener("click", () => client.chat.open());
part("touch-scores", HTMLButtonElement).addEventListener("click", () => {
  client.scoreboard.wanted = !client.scoreboard.wanted;
});

addEventListener("online", () => connection.retry());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    client.rest();
  } else {
    client.wake();
    connection.retry();
  }
});

setInterval(() => client.keepTime(performance.now()), KEEP_TIME_INTERVAL);

/** @param {number} now */
function frame(now) {
  requestAnimationFrame(frame);
  client.frame(now);
}
requestAnimationFrame(frame);

const nickname = wishes.get("nick");
if (nickname !== null) nicknameScreen.enter(nickname);
else nicknameScreen.show(true, "");
