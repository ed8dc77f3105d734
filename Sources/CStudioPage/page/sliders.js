// Sliders made from the model's own channels, expressions, and ways between them.
import { on, say } from "/socket.js";
import { state, element } from "/state.js";
import { drive } from "/flow.js";
import { apply } from "/control.js";
import { keep, recall } from "/kept.js";

const GROUPS = [
  ["Head", /^(yaw|pitch|roll|head_|neck_)/, "rotation"], ["Brows", /^eyebrow_/, "brows"], ["Eyes", /^(eye_|iris_)/, "eyes"],
  ["Mouth", /^mouth_/, "mouth"], ["Body", /^(body_|breathing)/, "body"],
];
/** What people reach for first comes first; the last named is the first shown. */
const FIRST = ["roll", "pitch", "yaw"];
const PRESETS = {
  Neutral: {},
  Smile: { eyebrow_raised: 0.5, mouth_a: 0.55, eye_closed: 0.3, eyebrow_happy: 0.8, eye_happy_wink: 0.5, mouth_raised_corner: 1, mouth_aaa: 0.4 },
  Surprise: { eyebrow_raised: 0.9, eye_surprised: 1, mouth_o: 0.6, mouth_ooo: 0.6 },
  Anger: { eyebrow_angry: 1, eye_unimpressed: 0.45, mouth_e: 0.3, mouth_lowered_corner: 0.8 },
  Wink: { eye_closed_left: 1, mouth_i: 0.35, eye_wink_left: 1, mouth_raised_corner: 0.7 },
};
/** Mouths of a short sentence, each held for a syllable. */
const TALK = ["a", "i", "o", "e", "a", "u", "o", "i", "a"];
const values = new Map();
let channels = [];
let endings = { a: null, b: null };
let easing = 0;
/** Whether a random pose was asked for, and nothing was set since. */
let isAwaited = false;

/** A hand sets the pose: what moves by itself ends. */
function takeOver() {
  cancelAnimationFrame(easing);
  isAwaited = false;
}

/** Whether every slider of a group of the daemon's control is at 0. */
export function isAtRest(group) {
  const pattern = GROUPS.find((each) => each[2] === group)?.[1];
  return ![...values].some(([name, value]) => value !== 0 && (!pattern || pattern.test(name)));
}

export const pose = () => Object.fromEntries([...values].filter(([, value]) => value !== 0));

const sides = (name) => channels.filter((channel) => channel.name === `${name}_left` || channel.name === `${name}_right`);
const named = (name) => channels.filter((channel) => channel.name === name);

function send() {
  keep("pose", { model: state.model.digest, values: pose(), ...endings });
  if (state.driver !== "sliders") return;
  apply();
  drive(() => ({ pose: pose() }));
}

function talk() {
  takeOver();
  const start = performance.now();
  const mouths = named("mouth_aaa").length ? (vowel) => `mouth_${vowel.repeat(3)}` : (vowel) => `mouth_${vowel}`;
  const step = () => {
    const at = (performance.now() - start) / 190;
    const shapes = Object.fromEntries(TALK.map((vowel) => [mouths(vowel), 0]));
    const vowel = TALK[Math.floor(at)];
    if (vowel) shapes[mouths(vowel)] = 0.85 * Math.sin(Math.PI * (at % 1)) ** 0.7;
    set(shapes);
    if (vowel) easing = requestAnimationFrame(step);
  };
  step();
}

/** Sets channels by name; a name without a side stands for both. */
export function set(changes, { only = false } = {}) {
  if (only) for (const channel of channels) values.set(channel.name, 0);
  for (const [name, value] of Object.entries(changes)) {
    for (const channel of named(name).length ? named(name) : sides(name)) {
      values.set(channel.name, Math.min(channel.high, Math.max(channel.low, value)));
    }
  }
  show();
  send();
}

/** Glides to a pose. */
export function glide(target, milliseconds = 260) {
  takeOver();
  const from = new Map(values);
  const to = new Map(channels.map((channel) => [channel.name, 0]));
  for (const [name, value] of Object.entries(target)) {
    for (const channel of named(name).length ? named(name) : sides(name)) to.set(channel.name, value);
  }
  if (matchMedia("(prefers-reduced-motion: reduce)").matches && milliseconds < 1000) milliseconds = 0;
  const start = performance.now();
  const step = () => {
    const share = milliseconds ? Math.min(1, (performance.now() - start) / milliseconds) : 1;
    const smooth = share * share * (3 - 2 * share);
    for (const [name, value] of to) values.set(name, (from.get(name) ?? 0) * (1 - smooth) + value * smooth);
    show();
    send();
    if (share < 1) easing = requestAnimationFrame(step);
  };
  step();
}

function show() {
  for (const input of element("sliders").querySelectorAll("input")) {
    const value = values.get(input.dataset.names.split(" ")[0]) ?? 0;
    if (Number(input.value) !== value) input.value = value;
    const output = input.parentElement.querySelector("output");
    const text = input.dataset.unit === "degree" ? `${Math.round(value)}°` : value.toFixed(2);
    if (output.textContent !== text) output.textContent = text;
  }
}

function words(name) {
  return name.replace(/^(eyebrow|eye|mouth|iris)_/, "").replaceAll("_", " ");
}

function slider(names, channel) {
  const label = document.createElement("label");
  label.className = "slider";
  const text = document.createElement("span");
  text.textContent = words(names.length > 1 ? names[0].replace(/_left$/, "") : names[0]);
  const input = document.createElement("input");
  input.type = "range";
  input.min = channel.low;
  input.max = channel.high;
  input.step = channel.unit === "degree" ? 0.5 : 0.01;
  input.value = 0;
  input.dataset.names = names.join(" ");
  input.dataset.unit = channel.unit;
  input.oninput = () => {
    takeOver();
    for (const name of names) values.set(name, Number(input.value));
    show();
    send();
  };
  input.ondblclick = () => {
    takeOver();
    set(Object.fromEntries(names.map((name) => [name, 0])));
  };
  label.title = "Double click: back to 0";
  label.append(text, input, document.createElement("output"));
  return label;
}

function build() {
  const isLinked = element("linked").checked;
  const parts = [];
  for (const [title, pattern] of GROUPS) {
    const own = channels.filter((channel) => pattern.test(channel.name))
      .sort((one, other) => FIRST.indexOf(other.name) - FIRST.indexOf(one.name));
    if (!own.length) continue;
    const heading = document.createElement("h3");
    heading.textContent = title;
    parts.push(heading);
    for (const channel of own) {
      const other = channel.name.replace(/_left$/, "_right");
      const isPair = other !== channel.name && named(other).length > 0;
      if (isLinked && channel.name.endsWith("_right") && named(channel.name.replace(/_right$/, "_left")).length) continue;
      parts.push(slider(isLinked && isPair ? [channel.name, other] : [channel.name], channel));
    }
  }
  element("sliders").replaceChildren(...parts);
  show();
}

export function start() {
  element("linked").onchange = build;
  element("reset").onclick = () => glide({});
  element("random").onclick = () => { isAwaited = say({ op: "random", seed: Math.floor(Math.random() * 2 ** 31) }); };
  element("presets").replaceChildren(...[...Object.entries(PRESETS), ["Talk", null]].map(([name, target]) => {
    const button = document.createElement("button");
    button.textContent = name;
    button.onclick = target ? () => glide(target) : talk;
    return button;
  }));
  for (const side of ["a", "b"]) {
    element(`set-${side}`).onclick = (event) => {
      endings[side] = pose();
      showEndings();
      send();
    };
  }
  element("play-ab").onclick = () => {
    takeOver();
    set(endings.a, { only: true });
    glide(endings.b, 1500);
  };
  element("hint").hidden = recall("dragged", false);
  turnByDragging();
}

function showEndings() {
  for (const side of ["a", "b"]) element(`set-${side}`).setAttribute("aria-pressed", String(Boolean(endings[side])));
  element("play-ab").disabled = !(endings.a && endings.b);
}

/** A pose as it was kept: numbers of channels that there are, within their range. */
function sound(values) {
  const pairs = channels.filter(({ name }) => Number.isFinite(values?.[name]))
    .map(({ name, low, high }) => [name, Math.min(high, Math.max(low, values[name]))]);
  return Object.fromEntries(pairs);
}

function turnByDragging() {
  let last = null;
  element("views").addEventListener("pointerdown", (event) => {
    if (state.driver !== "sliders" || event.target.tagName !== "CANVAS") return;
    last = [event.clientX, event.clientY];
    takeOver();
    event.target.setPointerCapture(event.pointerId);
  });
  element("views").addEventListener("pointermove", (event) => {
    if (!last) return;
    const side = event.target.clientWidth || 300;
    const [right, down] = [(event.clientX - last[0]) / side, (event.clientY - last[1]) / side];
    const add = (name, part) => ({ [name]: (values.get(name) ?? 0) + part });
    // Models of 45 channels turn the other way, in shares of their range.
    set(named("yaw").length ? { ...add("yaw", right * 60), ...add("pitch", down * 60) } : { ...add("head_y", -right * 3), ...add("head_x", -down * 3) });
    last = [event.clientX, event.clientY];
    element("hint").hidden = true;
    keep("dragged", true);
  });
  for (const name of ["pointerup", "pointercancel"]) element("views").addEventListener(name, () => { last = null; });
}

export function modelChanged() {
  const isPosed = state.model.drivers.includes("pose");
  channels = isPosed ? state.model.channels : [];
  const note = element("sliders-note");
  note.hidden = isPosed;
  note.textContent = "Poses cannot drive this model; a camera or a film can.";
  for (const button of document.querySelectorAll("#panel-sliders button")) button.disabled = !isPosed;
  const kept = recall("pose", {});
  const isOfThis = kept.model === state.model.digest;
  endings = { a: isOfThis && kept.a ? sound(kept.a) : null, b: isOfThis && kept.b ? sound(kept.b) : null };
  values.clear();
  for (const channel of channels) values.set(channel.name, 0);
  if (isOfThis) for (const [name, value] of Object.entries(sound(kept.values))) values.set(name, value);
  build();
  if (isPosed) showEndings();
}

/** The sliders take over: what they say goes out at once. */
export function resume() { send(); }

on("pose", ({ values: target }) => { if (isAwaited) glide(target); });
