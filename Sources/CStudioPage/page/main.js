// The page: what there is comes from the daemon; everything else follows from that.
import { connect, on, say } from "/socket.js";
import { state, element, toast } from "/state.js";
import { setState, tellOverload } from "/stage.js";
import * as heads from "/heads.js";
import * as sliders from "/sliders.js";
import * as camera from "/camera.js";
import * as film from "/film.js";
import * as motion from "/motion.js";
import * as keep from "/keep.js";
import * as engine from "/engine.js";
import * as control from "/control.js";
import * as crop from "/crop.js";
import * as life from "/life.js";
import * as network from "/network.js";
import * as kept from "/kept.js";

const TABS = ["sliders", "camera", "video", "motion", "network"];
const ABSENT = { camera: camera.absent, video: film.absent, motion: motion.absent, network: network.absent };
state.absent = () => ABSENT[state.driver]?.() ?? "";
state.isFaulty = () => state.driver === "camera" && camera.hasFailed();

let isGreeted = false;

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
  setState("starting");
  element("model").title = state.model.title;
  sliders.modelChanged();
  camera.modelChanged();
  film.modelChanged();
  network.modelChanged();
  control.modelChanged();
  heads.modelChanged();
}

function chooseDriver(name, hasFocus = false) {
  state.driver = name;
  kept.keep("driver", name);
  for (const tab of TABS) {
    const button = element(`tab-${tab}`);
    button.setAttribute("aria-selected", String(tab === name));
    button.tabIndex = tab === name ? 0 : -1;
    element(`panel-${tab}`).hidden = tab !== name;
    if (hasFocus && tab === name) button.focus();
  }
  if (name === "video") film.enter(); else film.leave();
  if (name !== "camera") camera.close();
  if (name !== "motion") motion.stop();
  if (name !== "network") network.stop();
  control.arrangeFollow();
  element("hint").hidden ||= name !== "sliders";
  if (name === "sliders") sliders.resume();
}

/** The driver of the last visit; what was on goes on where the page was only loaded anew. */
function resumeDriver() {
  const driver = kept.recall("driver", "sliders");
  if (!TABS.includes(driver) || driver === "sliders") return;
  chooseDriver(driver);
  if (driver === "camera" && kept.wasRunning("camera") && camera.readsFrames()) camera.open();
  if (driver === "network" && kept.wasRunning("network")) network.listen();
}

function pause() {
  state.isPaused = !state.isPaused;
  setState(state.isPaused ? "paused" : "still", state.isPaused ? "warn" : "");
}

function mirror() {
  if (state.driver !== "network") return camera.mirror();
  element("network-mirror").click();
}

const KEYS = {
  " ": pause, c: control.calibrate, m: mirror, s: keep.snapshot, r: keep.toggleClip, o: keep.copyOverlay,
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
  const wanted = state.model?.name ?? kept.recall("model", hello.default_model);
  select.value = hello.models.find((model) => model.name === wanted)?.name
    ?? hello.models.find((model) => model.name === hello.default_model)?.name ?? hello.models[0]?.name ?? "";
  // A daemon that is back with the same model: the heads heal by themselves, and nothing that was set is lost.
  const same = state.model && JSON.stringify(hello.models.find((model) => model.name === select.value)) === JSON.stringify(state.model);
  if (same && isGreeted) return;
  const isFirst = !state.model;
  isGreeted = true;
  chooseModel(select.value);
  if (isFirst && state.model) resumeDriver();
});
// A studio that was restarted knows nothing of the heads.
on("disconnected", () => {
  isGreeted = false;
  setState("waiting", "warn");
});
on("daemon", ({ state: now, message }) => {
  if (now === "lost") setState("waiting", "warn");
  if (now === "overloaded") {
    tellOverload();
    daemonState("overloaded", "warn", `The daemon takes no more work at the moment: ${message}. The page tries again by itself.`);
  } else if (now === "lost" && !state.hello) {
    daemonState("no daemon", "bad", "The daemon does not answer yet. The page goes on by itself as soon as it does.");
  } else if (now === "lost") daemonState("daemon gone", "bad", "The daemon has gone. The page goes on by itself as soon as it is back.");
  else daemonState(`animod ${state.hello?.daemon ?? ""}`, "good");
});
on("disconnected", () => daemonState("studio closed", "bad", "animoctl studio has ended. Start it again, and open the address that it prints."));
on("malformed", ({ message }) => toast(message, true));

element("model").onchange = (event) => {
  kept.keep("model", event.target.value);
  chooseModel(event.target.value);
};
element("help-toggle").onclick = () => element("help").showModal();
on("opened", () => { if (state.hello) daemonState(`animod ${state.hello.daemon}`, "good"); });
on("engine", ({ viewers }) => {
  element("on-air").hidden = viewers === 0;
  element("on-air").textContent = viewers > 1 ? `on air ×${viewers}` : "on air";
});

kept.restoreInputs();
for (const part of [heads, crop, sliders, camera, film, motion, network, control, keep, engine, life]) part.start();
// The token in the address has become a cookie.
history.replaceState(null, "", "/");
setState("starting");
connect();
window.studio = { state, say };
