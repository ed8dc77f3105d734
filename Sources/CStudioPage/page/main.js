// The page: what there is comes from the daemon; everything else follows from that.
import { connect, on, say } from "/socket.js";
import { state, element, toast } from "/state.js";
import { setState } from "/stage.js";
import * as heads from "/heads.js";
import * as sliders from "/sliders.js";
import * as camera from "/camera.js";
import * as film from "/film.js";
import * as motion from "/motion.js";
import * as keep from "/keep.js";
import * as engine from "/engine.js";

const TABS = ["sliders", "camera", "video", "motion"];

function daemonState(text, look, banner = "") {
  const pill = element("daemon");
  pill.textContent = text;
  pill.className = `pill ${look}`;
  element("banner").hidden = !banner;
  element("banner").textContent = banner;
}

function chooseModel(name) {
  state.model = state.hello.models.find((model) => model.name === name) ?? state.hello.models[0] ?? null;
  if (!state.model) return daemonState("no model", "warn", "The daemon serves no model that draws.");
  sliders.modelChanged();
  camera.modelChanged();
  heads.modelChanged();
}

function chooseDriver(name, hasFocus = false) {
  state.driver = name;
  for (const tab of TABS) {
    const button = element(`tab-${tab}`);
    button.setAttribute("aria-selected", String(tab === name));
    button.tabIndex = tab === name ? 0 : -1;
    element(`panel-${tab}`).hidden = tab !== name;
    if (hasFocus && tab === name) button.focus();
  }
  if (name === "video") film.enter(); else film.leave();
  if (name !== "camera") camera.close();
  if (name === "sliders") sliders.resume();
}

function pause() {
  state.isPaused = !state.isPaused;
  setState(state.isPaused ? "paused" : "still", state.isPaused ? "warn" : "");
}

function calibrate() {
  if (!state.model?.relative) return toast("This model takes motion as it is; there is nothing to calibrate");
  state.isRelative = true;
  heads.modelChanged();
  toast("Calibrated: this is straight ahead");
}

const KEYS = {
  " ": pause, c: calibrate, m: camera.mirror, s: keep.snapshot, r: keep.toggleClip, o: keep.copyOverlay,
  "?": () => element("help").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || element("help").open) return;
  if (event.target.matches("input, select, textarea, button") && (event.key === " " || event.key === "Enter" || event.target.type === "text")) return;
  const act = KEYS[event.key.toLowerCase()];
  if (act) { event.preventDefault(); act(); }
  if (/^[1-9]$/.test(event.key)) heads.chooseByNumber(Number(event.key));
});

for (const [index, tab] of TABS.entries()) {
  const button = element(`tab-${tab}`);
  button.onclick = () => chooseDriver(tab);
  button.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) chooseDriver(TABS[(index + step + TABS.length) % TABS.length], true);
  };
}

on("hello", (hello) => {
  state.hello = hello;
  daemonState(`animod ${hello.daemon}`, "good");
  const select = element("model");
  select.replaceChildren(...hello.models.map((model) => new Option(model.title, model.name)));
  const wanted = state.model?.name ?? hello.default_model;
  select.value = hello.models.some((model) => model.name === wanted) ? wanted : hello.models[0]?.name ?? "";
  chooseModel(select.value);
});
on("daemon", ({ state: now, message }) => {
  if (now === "lost") daemonState("daemon lost", "bad", `The daemon does not answer; waiting for it. ${message ?? ""}`);
  else daemonState(`animod ${state.hello?.daemon ?? ""}`, "good");
});
on("disconnected", () => daemonState("studio closed", "bad", "animoctl studio has ended, or was restarted; this page goes on when it is back."));
on("malformed", ({ message }) => toast(message, true));

element("model").onchange = (event) => chooseModel(event.target.value);
element("help-toggle").onclick = () => element("help").showModal();
element("calibrate").onclick = calibrate;
for (const part of [heads, sliders, camera, film, motion, keep, engine]) part.start();
// The token in the address has become a cookie.
history.replaceState(null, "", "/");
setState("starting");
connect();
window.studio = { state, say };
