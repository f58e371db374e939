/** Puts the page together: who hears which key, and which screen is shown when. */

import { MatchPage } from "./match_page.js";
import { GAMES, loadGame } from "../games/index.js";
import { BackgroundTimer } from "./background_timer.js";
import { Instruments } from "../debug/instruments.js";
import { Connection } from "../net/connection.js";
import { serverAddress } from "../net/dial.js";
import { toJoin } from "../net/intents.js";
import { SessionToken } from "../net/session_token.js";
import { TabKey } from "../net/tab_key.js";
import { People } from "./people.js";
import { label } from "../play/bindings.js";
import { Input, listenToKeyboardAndMouse } from "../play/input.js";
import { drawKeys } from "../screens/key_list.js";
import { NicknameScreen, remembered } from "../screens/nickname.js";
import { SettingsScreen } from "../screens/settings.js";
import { StatusScreen } from "../screens/status.js";
import { Preferences } from "../view/preferences.js";
import { dialogOpen } from "../view/dialog.js";
import { part, show, write } from "../view/dom.js";
import { Touch } from "../view/touch.js";
import { PageHistory } from "./page_history.js";
import { readAddress } from "./page_address.js";

/** Milliseconds: no divisor of the server's, so that pings from the lobby come at all moments between two of its looks. */
const KEEP_TIME_INTERVAL = 87;
/** Heard when the volume has been changed. @type {import("../view/sound.js").Recipe} */
const TRIAL = [{ wave: "sine", from: 660, to: 660, seconds: 0.3, loud: 0.3 }];

/** @param {"localStorage" | "sessionStorage"} kind @returns {Storage | null} null where it is forbidden */
function storage(kind) {
  try {
    return window[kind];
  } catch {
    return null;
  }
}

const visit = readAddress(location.search);
const settings = new Preferences(storage("localStorage"), matchMedia("(prefers-reduced-motion: reduce)").matches);
const token = new SessionToken(storage("sessionStorage"));
const key = new TabKey(storage("sessionStorage"));
addEventListener("pagehide", () => key.putBack());
addEventListener("pageshow", () => key.take());
const connection = new Connection(serverAddress(location), {
  status: (status) => {
    client.status(status);
    people.status(status);
    nicknameScreen.show(status.state === "nickname", status.reason);
    statusScreen.show(status);
    touch.show(status.state === "playing");
    if (status.state === "lobby" || status.state === "unplayable") trail.home();
  },
  message: (message, now) => {
    client.receive(message, now);
    people.receive(message);
    if (message.type === "welcome") trail.enter(message.match.id);
  },
  fault: (error) => instruments.fault(error),
}, { token, key, hidden: () => document.hidden });
const input = new Input();
const instruments = new Instruments(connection, input);
const client = new MatchPage(connection, input, instruments, settings, (text) => people.note(text));
const people = new People(connection, client, { rename: () => connection.quit(), settings: openSettings });
instruments.expose(window, people);
input.listen(() => people.alone.dismiss());
// While the name is being typed there is time to fetch what a match will need.
for (const { name } of GAMES) loadGame(name).catch((error) => instruments.fault(error));

const trail = new PageHistory(window, {
  leave: () => {
    if (client.inMatch) connection.leave();
  },
  enter: (match) => {
    if (connection.status.state === "lobby") people.ask(toJoin(match, "", true));
  },
});

settings.listen(({ bindings }) => {
  drawKeys(part("keys", HTMLElement), bindings);
  write(part("open-people-key", HTMLElement), label(bindings.of("people")[0]));
});
const nicknameScreen = new NicknameScreen(visit.intent ? "match" : "lobby", (nickname) => {
  connection.enter(nickname, visit.intent);
  visit.intent = null;
  nicknameScreen.next = "lobby";
});
const statusScreen = new StatusScreen({
  retry: () => connection.retry(),
  takeBack: () => connection.takeBack(),
  leave: () => connection.quit(),
});
const settingsScreen = new SettingsScreen(settings, {
  leave: () => {
    connection.leave();
    trail.home(); // so that a reload on a dead line does not lead back
  },
  closed: () => {
    // The event comes late: a key may have opened another dialog, which has the focus.
    if (!dialogOpen() && document.activeElement instanceof HTMLElement) document.activeElement.blur();
  },
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

const covered = () => people.chat.writing || dialogOpen();
/** In the results the keyboard is for the votes once it has been moved there. */
const voting = () => people.votes.root.contains(document.activeElement);
const keysAreForTheGame = () => client.playing && !covered() && !voting();
const field = part("field", HTMLCanvasElement);
listenToKeyboardAndMouse(input, settings.bindings, field, keysAreForTheGame);

function openSettings() {
  input.releaseAll();
  client.scoreboard.wanted = false;
  settingsScreen.show(client.inMatch);
}

function openPeople() {
  input.releaseAll();
  client.scoreboard.wanted = false;
  people.openDialog();
}

function openChat() {
  input.releaseAll();
  people.chat.open();
}

/** What a key does in a match beside what is held down. @param {KeyboardEvent} event @returns {boolean} whether it was one */
function keyOfTheMatch({ code }) {
  switch (settings.bindings.deedOf(code)) {
    case "scores":
      // Who watches goes from button to button by Tab, and has one for the scores.
      if (client.results.shown || client.watching) return false;
      client.scoreboard.wanted = true;
      return true;
    case "chat":
      openChat();
      return true;
    case "people":
      openPeople();
      return true;
    case "left":
    case "right":
      if (!client.watching) return false;
      client.turn(settings.bindings.deedOf(code) === "left" ? -1 : 1);
      return true;
    case "up":
    case "down":
      if (!client.watching) return false;
      client.eye.choose(null);
      return true;
    default:
      return false;
  }
}

addEventListener("keydown", (event) => {
  if (event.code === "F3") {
    event.preventDefault();
    client.netGraph.toggle();
  } else if (event.code === "Escape" && !dialogOpen() && (client.inMatch || connection.status.state === "nickname")) {
    event.preventDefault(); // or the browser closes what has just been opened
    openSettings();
  }
  const onControl = document.activeElement instanceof HTMLButtonElement && event.code === "Enter";
  const forTheMatch = client.inMatch && !covered() && !voting() && !onControl && !settings.bindings.isChord(event);
  if (forTheMatch && keyOfTheMatch(event)) event.preventDefault();
});
addEventListener("keyup", (event) => {
  const meta = event.key === "Meta"; // macOS reports no other key that was released before it
  if (meta || settings.bindings.deedOf(event.code) === "scores") client.scoreboard.wanted = false;
});
addEventListener("blur", () => {
  client.scoreboard.wanted = false;
});
for (const gesture of ["keydown", "pointerdown", "touchend"]) {
  addEventListener(gesture, () => client.sound.unlock(), { capture: true, passive: true });
}
field.addEventListener("pointerdown", (event) => {
  if (client.watching) client.press({ x: event.clientX, y: event.clientY });
});
part("open-settings", HTMLButtonElement).addEventListener("click", openSettings);
part("open-people", HTMLButtonElement).addEventListener("click", openPeople);
part("touch-people", HTMLButtonElement).addEventListener("click", openPeople);
part("touch-settings", HTMLButtonElement).addEventListener("click", openSettings);
part("touch-chat", HTMLButtonElement).addEventListener("click", openChat);
part("touch-scores", HTMLButtonElement).addEventListener("click", () => {
  client.scoreboard.wanted = !client.scoreboard.wanted;
});

addEventListener("online", () => connection.suspect());
// Out of the back-forward cache a page comes with a socket that was closed without a word.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) connection.suspect();
});
/** Beside this module, wherever it is served: joined modules have no address of their own. */
const pageScript = /** @type {HTMLScriptElement} */ (document.querySelector('script[type="module"]'));
const backgroundTimer = new BackgroundTimer(new URL("background_worker.js", pageScript.src).href, () => connection.watch());
document.addEventListener("visibilitychange", () => {
  backgroundTimer.turn(document.hidden);
  if (document.hidden) {
    client.rest();
  } else {
    client.wake();
    connection.suspect();
  }
});

setInterval(() => {
  const now = performance.now();
  connection.watch();
  client.keepTime(now);
  people.keepTime(now);
}, KEEP_TIME_INTERVAL);

/** @param {number} now */
function frame(now) {
  requestAnimationFrame(frame);
  client.frame(now);
}
requestAnimationFrame(frame);

const known = visit.nickname ?? (visit.intent || token.value ? remembered() : "");
if (known || visit.nickname !== null) nicknameScreen.enter(known);
else nicknameScreen.show(true, "");
