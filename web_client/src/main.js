/** Puts the page together: who hears which key, and which screen is shown when. */

import { Client } from "./client.js";
import { serverAddress } from "./net/connection.js";
import { listenToKeyboardAndMouse } from "./play/input.js";
import { NicknameScreen } from "./screens/nickname.js";
import { StatusScreen } from "./screens/status.js";
import { part, show } from "./view/dom.js";
import { Touch } from "./view/touch.js";

const KEEP_TIME_INTERVAL = 100;

const wishes = new URLSearchParams(location.search);

const client = new Client(serverAddress(location), (status) => {
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
const touch = new Touch(input, playByTouch);
if (touch.used) playByTouch();

function playByTouch() {
  document.documentElement.classList.add("by-touch");
  show(part("touch-menu", HTMLElement), true);
  touch.show(client.playing);
}

const keysAreForTheGame = () => client.playing && !client.chat.writing;
listenToKeyboardAndMouse(input, part("field", HTMLCanvasElement), keysAreForTheGame);

addEventListener("keydown", (event) => {
  if (event.code === "F3") {
    event.preventDefault();
    client.netGraph.toggle();
  }
  if (!keysAreForTheGame()) return;
  if (event.code === "Tab") {
    event.preventDefault();
    client.scoreboard.wanted = true;
  } else if (event.key === "Enter") {
    event.preventDefault();
    input.releaseAll();
    client.chat.open();
  }
});
addEventListener("keyup", (event) => {
  if (event.code === "Tab") client.scoreboard.wanted = false;
});
addEventListener("blur", () => {
  client.scoreboard.wanted = false;
});
part("touch-chat", HTMLButtonElement).addEventListener("click", () => client.chat.open());
part("touch-scores", HTMLButtonElement).addEventListener("click", () => {
  client.scoreboard.wanted = !client.scoreboard.wanted;
});

addEventListener("online", () => connection.retry());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) client.rest();
  else connection.retry();
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
