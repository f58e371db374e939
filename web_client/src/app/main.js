/** Puts the page together: makes its parts, connects them, and starts them. */

import { Instruments } from "../debug/instruments.js";
import { NetGraph } from "../debug/netgraph.js";
import { exposeGameServer } from "../debug/window_api.js";
import { loadGame, preloaded } from "../games/index.js";
import { Connection } from "../net/connection.js";
import { Dispatcher } from "../net/dispatcher.js";
import { serverAddress } from "../net/server_socket.js";
import { SessionToken } from "../net/session_token.js";
import { TabKey } from "../net/tab_key.js";
import { label } from "../play/bindings.js";
import { Gamepad } from "../play/gamepad.js";
import { Input } from "../play/input.js";
import { listenToKeyboardAndMouse } from "../play/keyboard_and_mouse.js";
import { drawKeys } from "../screens/key_list.js";
import { NicknameScreen, remembered } from "../screens/nickname.js";
import { SettingsScreen } from "../screens/settings.js";
import { StatusScreen } from "../screens/status.js";
import { dialogOpen } from "../view/dialog.js";
import { part, show, write } from "../view/dom.js";
import { Preferences } from "../view/preferences.js";
import { Touch } from "../view/touch.js";
import { Chat } from "./chat.js";
import { Lobby } from "./lobby.js";
import { MatchKeys } from "./match_keys.js";
import { MatchPage } from "./match_page.js";
import { readAddress } from "./page_address.js";
import { PageHistory } from "./page_history.js";
import { PageLifecycle } from "./page_lifecycle.js";
import { People } from "./people.js";
import { Recordings } from "./recordings.js";

/** Heard when the volume has been changed. @type {import("../play/contract.js").Recipe} */
const TRIAL = [{ wave: "sine", from: 660, to: 660, seconds: 0.3, loud: 0.3 }];

/** @param {"localStorage" | "sessionStorage"} kind @returns {Storage | null} null where it is forbidden */
function storage(kind) {
  try {
    return window[kind];
  } catch {
    return null;
  }
}

/** @param {string} name @returns {string} what the page says about itself in its head; empty for nothing */
function declared(name) {
  return document.querySelector(`meta[name="${name}"]`)?.getAttribute("content") ?? "";
}

const visit = readAddress(location.search, declared("replay"));
const preferences = new Preferences(storage("localStorage"), matchMedia("(prefers-reduced-motion: reduce)").matches);
const token = new SessionToken(storage("sessionStorage"));
const key = new TabKey(storage("sessionStorage"));
addEventListener("pagehide", () => key.putBack());
addEventListener("pageshow", () => key.take());

const messages = new Dispatcher();
const connection = new Connection(serverAddress(location), messages, { token, key, hidden: () => document.hidden });
const input = new Input();
const match = new MatchPage(connection, input, preferences, (text) => chat.note(text));
const lobby = new Lobby(connection, {
  rename: () => connection.quit(), settings: openSettings, say: (typed) => chat.say(typed),
});
const chat = new Chat(connection, lobby.screen, () => match.session);
const people = new People(connection, match, chat, () => lobby.takeSeat());
const history = new PageHistory(window, {
  leave: () => {
    if (match.inMatch) connection.leave();
  },
  enter: (code) => {
    if (connection.status.state === "lobby") lobby.join(code);
  },
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
const settingsScreen = new SettingsScreen(preferences, {
  leave: () => {
    connection.leave();
    history.home(); // so that a reload on a dead line does not lead back
  },
  closed: () => {
    // The event comes late: a key may have opened another dialog, which has the focus.
    if (!dialogOpen() && document.activeElement instanceof HTMLElement) document.activeElement.blur();
  },
  heard: () => match.play(TRIAL),
});
const touch = new Touch(input, playByTouch, (place) => match.press(place));
const instruments = new Instruments(connection, input, match);
const netGraph = new NetGraph(part("netgraph", HTMLElement), () => instruments.stats);

for (const started of [instruments, match, chat, lobby, people]) started.start(messages);
netGraph.start(messages, match.frames);
exposeGameServer(window, instruments, { connection, lobby, chat, match });
messages.on("status", (status) => {
  nicknameScreen.show(status.state === "nickname", status.reason);
  statusScreen.show(status);
  touch.show(status.state === "playing");
  if (status.state === "lobby" || status.state === "unplayable") history.home();
});
messages.on("welcome", (welcome) => history.enter(welcome.match.id));
input.listen(() => people.dismissInvitation());
preferences.listen(({ bindings }) => {
  drawKeys(part("keys", HTMLElement), bindings, bindings.controls.length > 0);
  write(part("open-people-key", HTMLElement), label(bindings.of("people")[0]));
});
// While the name is being typed there is time to fetch what a match will need. Of several games nobody knows yet which
// will be played: the first screen has only the keys of the page then.
const games = [...preloaded().keys()];
for (const name of games) {
  loadGame(name).then(({ controls }) => {
    if (controls && games.length === 1 && !match.session) preferences.suit(controls);
  }).catch((error) => instruments.fault(error));
}
match.view.faulty = (error, text) => {
  instruments.fault(error);
  chat.warning.say(text, performance.now());
};
const version = declared("dev");
if (version) {
  import("../debug/author_panel.js").then(({ AuthorPanel }) => (
    new AuthorPanel(version, { connection, match, instruments }).start())).catch((error) => instruments.fault(error));
}
match.begun.add((game) => {
  preferences.suit(game.controls);
  touch.suit(game);
  gamepad.points = game.points ?? false;
});

/** A phone's layout suits every narrow page. */
const narrow = matchMedia("(max-width: 600px)");
function fit() {
  document.documentElement.classList.toggle("compact", match.byTouch || narrow.matches);
}
narrow.addEventListener("change", fit);
fit();
if (touch.used) playByTouch();

function playByTouch() {
  match.useTouch();
  document.documentElement.classList.add("by-touch");
  fit();
  show(part("touch-menu", HTMLElement), true);
  touch.show(match.playing);
}

/** What is held or shown by a key is let go, since a dialog or a line of text has the keyboard now. */
function letGo() {
  input.releaseAll();
  match.showScores(false);
}

function openSettings() {
  letGo();
  settingsScreen.show(match.inMatch);
}

function openPeople() {
  letGo();
  people.open();
}

function openChat() {
  input.releaseAll();
  chat.open();
}

const field = part("field", HTMLCanvasElement);
const open = { settings: openSettings, people: openPeople, chat: openChat };
const matchKeys = new MatchKeys(preferences.bindings, { connection, match, chat, people }, open);
listenToKeyboardAndMouse(input, preferences.bindings, field, () => matchKeys.areForTheGame);
matchKeys.start(field);
const gamepad = new Gamepad(input, preferences.bindings, () => matchKeys.areForTheGame, (code) => settingsScreen.offer(code));
const pollGamepad = (/** @type {number} */ now) => {
  gamepad.poll(now);
  requestAnimationFrame(pollGamepad);
};
requestAnimationFrame(pollGamepad);
for (const [id, press] of /** @type {const} */ ([
  ["open-settings", openSettings], ["open-people", openPeople], ["touch-people", openPeople],
  ["touch-settings", openSettings], ["touch-chat", openChat], ["touch-scores", () => match.toggleScores()],
])) part(id, HTMLButtonElement).addEventListener("click", () => press());

new PageLifecycle(connection, match, [match, chat, lobby, people, new Recordings(connection, match)]).start();

const known = visit.nickname ?? (visit.intent || token.value ? remembered() : "");
const { replay } = visit;
if (replay) {
  nicknameScreen.show(false, "");
  import("./replay_page.js").then(({ ReplayPage }) => new ReplayPage(match.view, chat.match.log, replay).start(field))
    .catch((error) => instruments.fault(error));
} else if (known || visit.nickname !== null) nicknameScreen.enter(known);
else nicknameScreen.show(true, "");
