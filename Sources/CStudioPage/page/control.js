// How drivers are followed: what the daemon does to their numbers before a picture is drawn.
import { on, say } from "/socket.js";
import { state, element, toast } from "/state.js";
import { isAtRest } from "/sliders.js";
import { keep, recall, isKept } from "/kept.js";

const NAMES = { brows: "brows", eyes: "eyes", mouth: "mouth", rotation: "head turn", translation: "head position", body: "body" };
/** Groups that keep to the head's own state. */
const PRESETS = { whole: [], lips: ["brows", "eyes", "rotation", "translation", "body"], still: ["rotation", "translation", "body"] };
const MEASURED_OVER = 500;
/** Neutrals that are kept, of so many pairs of a model and a driver. */
const NEUTRALS = 16;

/** Numbers of an object that lie in a range, by name. */
function numbers(object, low, high) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value >= low && value <= high));
}

const settings = {
  preset: recall("preset", "whole") in PRESETS ? recall("preset", "whole") : "whole",
  gains: numbers(recall("gains", {}), 0, 2),
  /** By driver, since a file needs none. */
  smooth: { camera: 1, network: 1, video: 0, motion: 0, ...numbers(recall("smooth", {}), 0, 4) },
};
/** The neutrals that motion counts from, by model and driver; true where the daemon does not tell what it measured. */
let neutrals = recall("neutrals", {});
/** Which of them is measured. */
let measured = "";
let sent = "";
let measuring = 0;

/** The name of what the current driver's motion counts from. */
function neutralName() {
  const isEstimated = !element("reader").parentElement.hidden && element("reader").value === "estimator";
  return `${state.model.digest} ${state.driver}${isEstimated ? " estimator" : ""}`;
}

const isRelative = () => canCalibrate() && neutralName() in neutrals;

function keepNeutrals() {
  const known = Object.entries(neutrals).filter(([, value]) => typeof value === "object" && value !== null);
  keep("neutrals", Object.fromEntries(known.slice(-NEUTRALS)));
}

export const isControlled = () => Boolean(state.model?.groups.length);
export const isAlive = () => isControlled() && element("alive").checked;
const canCalibrate = () => isControlled() || Boolean(state.model?.relative);

function message() {
  const driver = state.driver;
  if (driver === "sliders") {
    const groups = {};
    for (const group of state.model.groups) if (isAlive() && isAtRest(group)) groups[group] = { origin: "idle" };
    return { op: "control", groups };
  }
  const still = PRESETS[settings.preset];
  const name = neutralName();
  return {
    op: "control", mirror: driver === "network" && element("network-mirror").checked,
    groups: Object.fromEntries(state.model.groups.map((group) => [group, {
      origin: still.includes(group) ? "source" : "driver", gain: settings.gains[group] ?? 1, smooth: settings.smooth[driver],
    }])),
    hold_ms: isHeld() ? 3600000 : Math.round(Number(element("hold").value) * 1000), idle: Number(element("idle").value),
    ...(isRelative() ? { neutral: name, ...(neutrals[name] === true ? {} : { measured: neutrals[name] }) } : {}),
  };
}

const isHeld = () => element("away").value === "hold";

/** Tells the daemon, where anything has changed. */
export function apply() {
  if (!state.model) return;
  const next = message();
  const text = JSON.stringify(next);
  if (text !== sent && say(next)) sent = text;
}

export function calibrate() {
  const driver = state.driver;
  if (driver === "sliders") return toast("Calibrating is for a camera, a film or a tracker");
  if (!canCalibrate()) return toast("This model takes motion as it is; there is nothing to calibrate");
  measured = neutralName();
  neutrals[measured] ??= true;
  apply();
  say({ op: "calibrate", over_ms: MEASURED_OVER });
  clearTimeout(measuring);
  measuring = setTimeout(() => {
    if (!isSeen) note("Nobody was seen yet; it is measured as soon as somebody is.");
  }, 3000);
  note("Look straight ahead…");
  element("calibrate-forget").hidden = false;
}

/** Whether the newest picture was driven by somebody. */
let isSeen = false;
on("picture", ({ head, tracking }) => { if (head === 0) isSeen = tracking === "ok"; });

function note(text) { element("calibrate-note").textContent = text; }

on("calibrated", ({ head, neutral }) => {
  if (head !== 0) return;
  clearTimeout(measuring);
  // What was forgotten meanwhile stays so.
  if (measured in neutrals) neutrals[measured] = neutral ?? true;
  keepNeutrals();
  note("Calibrated: this is straight ahead.");
  toast("Calibrated");
});
on("connected", () => { sent = ""; });

function seconds(value) { return `${Number(value).toFixed(1)} s`; }
function times(value) { return `${Math.round(value * 100)} %`; }
function calm(value) { return Number(value) === 0 ? "off" : Number(value).toFixed(1); }

/** Shows a slider's number, and applies it. */
function bind(input, words, take = () => {}) {
  const show = () => { input.parentElement.querySelector("output").textContent = words(input.value); };
  input.oninput = () => { take(Number(input.value)); show(); apply(); };
  show();
  return show;
}

function buildGains() {
  element("gains").replaceChildren(...(state.model?.groups ?? []).map((group) => {
    const label = document.createElement("label");
    label.className = "slider";
    label.title = "How strongly it follows; double click: 100 %";
    const text = document.createElement("span");
    text.textContent = NAMES[group] ?? group;
    const input = document.createElement("input");
    Object.assign(input, { type: "range", min: 0, max: 2, step: 0.05 });
    input.value = settings.gains[group] ?? 1;
    input.dataset.group = group;
    label.append(text, input, document.createElement("output"));
    const show = bind(input, times, (value) => {
      settings.gains[group] = value;
      keep("gains", settings.gains);
    });
    input.ondblclick = () => { input.value = 1; input.oninput(); };
    return label;
  }));
}

let showSmooth = () => {};

export function choosePreset(name) {
  settings.preset = name;
  keep("preset", name);
  for (const button of element("presets-follow").children) {
    button.setAttribute("aria-pressed", String(button.dataset.preset === name));
  }
  for (const input of element("gains").querySelectorAll("input")) input.disabled = PRESETS[name].includes(input.dataset.group);
  apply();
}

/** Another driver, or another model: what applies to it is shown. */
export function arrangeFollow() {
  const driver = state.driver;
  element("follow").hidden = driver === "sliders";
  element("calibration").hidden = !canCalibrate();
  document.querySelector("#follow .controlled").hidden = !isControlled();
  element("follow-note").hidden = isControlled();
  element("follow-note").textContent = "This model takes motion whole; strength, smoothing and idle life are not its own.";
  element("alive").disabled = !isControlled();
  const hasReaders = Boolean(state.model?.finds_heads) && (state.model?.frames ?? []).includes("vox");
  element("reader").parentElement.hidden = !hasReaders || !["camera", "video"].includes(driver);
  if (driver !== "sliders") {
    element("smooth").value = settings.smooth[driver];
    showSmooth();
    element("calibrate-forget").hidden = !isRelative();
    note(isRelative() ? "Motion counts from your neutral face." : "Look straight ahead, then press C.");
  }
  apply();
}

export function modelChanged() {
  clearTimeout(measuring);
  buildGains();
  choosePreset(settings.preset);
  arrangeFollow();
}

export function start() {
  for (const button of element("presets-follow").children) button.onclick = () => choosePreset(button.dataset.preset);
  element("calibrate").onclick = calibrate;
  element("calibrate-forget").onclick = () => {
    delete neutrals[neutralName()];
    keepNeutrals();
    clearTimeout(measuring);
    arrangeFollow();
    toast("Motion is taken as it comes");
  };
  showSmooth = bind(element("smooth"), calm, (value) => {
    settings.smooth[state.driver] = value;
    keep("smooth", settings.smooth);
  });
  bind(element("hold"), seconds);
  bind(element("idle"), times);
  const arrangeAway = () => { element("hold-row").hidden = element("idle-row").hidden = isHeld(); };
  element("away").onchange = () => { arrangeAway(); apply(); };
  arrangeAway();
  element("reader").onchange = arrangeFollow;
  element("alive").onchange = apply;
  element("network-mirror").onchange = apply;
  if (matchMedia("(prefers-reduced-motion: reduce)").matches && !isKept("alive")) element("alive").checked = false;
}
