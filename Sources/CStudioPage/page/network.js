// Trackers that send over the network: what to enter where, and what arrives.
import { on, say } from "/socket.js";
import { state, element } from "/state.js";
import { keepInput, keepRunning } from "/kept.js";

const TRACKERS = {
  openseeface: { title: "OpenSeeFace", how: (here, port) => [
    `On this computer: <code>python facetracker.py -c 0</code>. It sends to port ${port} by itself.`,
    `From another computer: add <code>--ip ${here} --port ${port}</code>.`] },
  vmc: { title: "VMC: VSeeFace, Warudo, VMagicMirror …", how: (here, port, isLocal) => [
    "In the program’s settings switch on its VMC or OSC sender.",
    `Enter the address <code>${isLocal ? "127.0.0.1" : here}</code> and the port <code>${port}</code>.`] },
  ifacialmocap: { title: "iFacialMocap (iPhone)", isPhone: true, asks: true, how: () => [
    "Phone and computer are in the same wireless network; the app is open.",
    "Enter the address that the app shows above its picture as the phone’s address, then press Listen."] },
  facemotion3d: { title: "Facemotion3d (phone)", isPhone: true, asks: true, how: () => [
    "Phone and computer are in the same wireless network; the app is open.",
    "Enter the address that the app shows in its settings as the phone’s address, then press Listen."] },
  livelinkface: { title: "Live Link Face (iPhone)", isPhone: true, how: (here, port) => [
    "In the app: Settings, Live Link, Add Target.",
    `Enter <code>${here}</code> and the port <code>${port}</code>; capture mode: Live Link (ARKit).`] },
  arkit: { title: "My own: JSON of ARKit names", port: 11112, how: (here, port, isLocal) => [
    `Send a datagram a frame to <code>${isLocal ? "127.0.0.1" : here}:${port}</code>:`,
    `<code>{"jawOpen": 0.5, "head": {"yaw": 10}}</code>`] },
};
element("network-input").replaceChildren(...Object.entries(TRACKERS).map(([name, { title }]) => new Option(title, name)));
const SHOWN = 10;
let isListening = false;
let hasCome = false;
/** Numbers that have been largest so far come first, so that rows do not jump. */
const largest = new Map();

const tracker = () => TRACKERS[element("network-input").value];
const usualPort = () => state.hello?.ports[element("network-input").value] ?? tracker().port;

function explain() {
  const isLocal = element("network-from").value === "local";
  const here = state.hello?.addresses[0] ?? "this computer’s address";
  // The texts are this file's own; only an address and a number are put in.
  element("network-how").innerHTML = tracker().how(here, element("network-port").value || usualPort(), isLocal)
    .map((line) => `<li>${line}</li>`).join("");
  element("network-phone-row").hidden = !tracker().asks;
}

function choose() {
  element("network-port").value = usualPort();
  element("network-from").value = tracker().isPhone ? "network" : "local";
  for (const name of ["port", "from"]) keepInput(element(`network-${name}`));
  explain();
}

function tell(text, isBad = false) {
  element("network-note").textContent = text;
  element("network-note").classList.toggle("bad", isBad);
}

function show() {
  element("network-start").textContent = isListening ? "Stop listening" : "Listen";
  element("network-start").classList.toggle("primary", !isListening);
  for (const id of ["network-input", "network-from", "network-phone", "network-port"]) element(id).disabled = isListening;
  element("network-how").hidden = isListening && !element("network-facts").hidden;
}

export function listen() {
  largest.clear();
  hasCome = false;
  isListening = say({
    op: "network", input: element("network-input").value, port: Number(element("network-port").value),
    from: element("network-from").value, phone: tracker().asks ? element("network-phone").value.trim() : "",
  });
  keepRunning("network", isListening);
  if (isListening) tell("Opening the port…");
  show();
}

export function stop() {
  if (isListening) say({ op: "network" });
  isListening = false;
  keepRunning("network", false);
  element("network-facts").hidden = element("network-inputs").hidden = true;
  tell("");
  show();
}

/** Whether the studio listens, and drives while nobody sends. */
export const isOn = () => isListening;

/** Why it does not drive; empty where it does. */
export const absent = () => (!isListening ? "not listening" : hasCome ? "" : "waiting");

function age(milliseconds) {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

on("network", (now) => {
  if (!isListening) return;
  if (now.state === "failed") {
    isListening = false;
    show();
    return tell(now.message, true);
  }
  hasCome = now.frames > 0;
  element("network-facts").hidden = element("network-inputs").hidden = !hasCome;
  show();
  if (!hasCome) {
    return tell(now.refused
      ? `${now.refused} datagrams came on port ${now.port} that are not this tracker’s. Is it the right one?`
      : `Listening on port ${now.port}; nothing has come yet.`, now.refused > 0);
  }
  tell(now.message ?? (now.age_ms > 1000 ? "Nothing comes any more." : now.tracking ? "A head is tracked." : "The tracker sees no head."),
    Boolean(now.message) || now.age_ms > 1000);
  const facts = {
    From: now.sender ?? "–", Rate: `${now.rate.toFixed(0)} a second`, Newest: `${age(now.age_ms)} ago`, Frames: now.frames,
    ...(now.refused ? { "Not understood": now.refused } : {}), ...(now.foreign ? { "Other senders": now.foreign } : {}),
  };
  element("network-facts").replaceChildren(...Object.entries(facts).map(([name, value]) => {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    const text = document.createElement("dd");
    term.textContent = name;
    text.textContent = String(value);
    row.append(term, text);
    return row;
  }));
  bars(now.inputs);
});

function bars(inputs) {
  for (const [name, value] of Object.entries(inputs)) {
    largest.set(name, Math.max(largest.get(name) ?? 0, Math.abs(value) / (name.startsWith("head") ? 30 : 1)));
  }
  const names = [...largest].sort((one, other) => other[1] - one[1]).slice(0, SHOWN).map(([name]) => name);
  element("network-inputs").replaceChildren(...names.map((name) => {
    const value = inputs[name] ?? 0;
    const row = document.createElement("div");
    const text = document.createElement("span");
    const meter = document.createElement("meter");
    const number = document.createElement("output");
    text.textContent = name;
    [meter.min, meter.max] = name.startsWith("head") ? [-45, 45] : [0, 1];
    meter.value = value;
    number.textContent = name.startsWith("head") ? `${Math.round(value)}°` : value.toFixed(2);
    row.append(text, meter, number);
    return row;
  }));
}

on("connected", () => { isListening = false; show(); });

export function start() {
  element("network-input").onchange = choose;
  element("network-from").onchange = explain;
  element("network-port").oninput = explain;
  element("network-start").onclick = () => { 
    if (isListening) stop(); else listen();
  };
  explain();
}

export function modelChanged() {
  if (isListening) return;
  if (element("network-port").value) explain(); else choose();
}
