// The result: up to four pictures, and what is measured about them.
import { on } from "/socket.js";
import { state, element } from "/state.js";
import { isAlive } from "/control.js";

const views = [];
const shownAt = [];
let dropped = 0;
let delays = [];

function makeView(place) {
  const view = document.createElement("div");
  view.className = "view";
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 256;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Head ${place + 1}`);
  const message = document.createElement("p");
  message.className = "message";
  message.hidden = true;
  view.append(canvas, message);
  element("views").append(view);
  return { view, canvas, message, context: canvas.getContext("2d"), last: 0 };
}

/** Makes room for so many heads. */
export function arrange(count) {
  while (views.length < count) views.push(makeView(views.length));
  while (views.length > count) views.pop().view.remove();
  element("views").dataset.count = String(count);
}

export const canvas = (place = 0) => views[place]?.canvas;

export function tellView(place, text, isBad = false) {
  const view = views[place];
  if (!view) return;
  view.message.hidden = !text;
  view.message.textContent = text ?? "";
  view.message.classList.toggle("bad", isBad);
}

export function setState(text, look = "", more = "") {
  const pill = element("state");
  if (pill.textContent !== text) pill.textContent = text;
  if (pill.title !== more) pill.title = more;
  pill.className = `pill ${look}`;
}

/** The daemon refused work for now. */
export function tellOverload() { overloadedUntil = performance.now() + 3000; }

/** Shows a still picture until the first result. */
export async function showStill(place, blob) {
  const picture = await createImageBitmap(blob);
  const view = views[place];
  if (!view || view.last) return;
  paint(view, picture);
}

/** Another head comes to this place. */
export function forget(place) {
  if (views[place]) views[place].last = 0;
  tellView(place, "");
}

function paint(view, picture) {
  if (view.canvas.width !== picture.width || view.canvas.height !== picture.height) {
    view.canvas.width = picture.width;
    view.canvas.height = picture.height;
  }
  view.context.clearRect(0, 0, picture.width, picture.height);
  view.context.drawImage(picture, 0, 0);
  picture.close();
}

let arrived = 0;
let lastShownAt = null;
let overloadedUntil = 0;

/** A word for what the head is doing, its look, and more on it where that helps. */
function condition(facts) {
  if (state.isPaused) return ["paused", "warn"];
  if (state.driver === "sliders") return isAlive() ? ["alive", "good"] : ["still"];
  const word = state.absent();
  if (word) return [word, state.isFaulty() ? "bad" : "", "Nobody drives; the head lives by itself."];
  if (facts.tracking === "held") return ["held", "warn", "Nobody is seen; the last pose is kept."];
  if (facts.tracking === "idle") return ["lost", "warn", "Nobody is seen; the head lives by itself."];
  return [facts.tracking === "ok" && state.driver !== "motion" ? "tracking" : "live", "good"];
}

on("picture", async (facts, blob) => {
  const view = views[facts.head];
  if (!view) return;
  arrived += 1;
  const order = arrived;
  const picture = await createImageBitmap(blob);
  // Decoding may overtake.
  if (order < view.last) return picture.close();
  view.last = order;
  paint(view, picture);
  tellView(facts.head, "");
  if (facts.head !== 0) return;
  const now = performance.now();
  shownAt.push(now);
  lastShownAt = now;
  delays.push(facts.delay ?? now - facts.time);
  if (delays.length > 60) delays.shift();
  dropped = facts.dropped;
  if ((facts.ms?.queue ?? 0) > 400) overloadedUntil = now + 2000;
  setState(...condition(facts));
  const clamped = facts.clamped.length ? `at its limit: ${facts.clamped.slice(0, 3).join(", ").replaceAll("_", " ")}` : "";
  if (element("clamped").textContent !== clamped) element("clamped").textContent = clamped;
});


on("failed", (facts) => {
  if (facts.outcome === "dropped" || facts.outcome === "cancelled") return;
  const isBusy = /overload|deadline|busy/i.test(facts.message);
  if (isBusy) overloadedUntil = performance.now() + 2000;
  const noHead = !isBusy && /head|face/i.test(facts.message);
  if (facts.head === 0 && !isBusy) setState(noHead ? "no head found" : "failed", "warn", facts.message);
  if (!isBusy) tellView(facts.head, facts.message, true);
});

/** The measures of the last second, for whoever asks. */
export function measures() {
  const since = performance.now() - 1000;
  while (shownAt.length && shownAt[0] < since) shownAt.shift();
  const sorted = [...delays].sort((a, b) => a - b);
  return { fps: shownAt.length, delay: sorted[sorted.length >> 1] ?? null, dropped };
}

setInterval(() => {
  const { fps, delay } = measures();
  element("load").hidden = performance.now() > overloadedUntil;
  element("fps").textContent = String(fps);
  // Of what was shown long ago it says nothing.
  const isOld = delay === null || performance.now() - (lastShownAt ?? 0) > 4000;
  element("delay").textContent = isOld ? "–" : String(Math.round(delay));
  element("dropped").textContent = String(dropped);
}, 500);

arrange(1);
tellView(0, "Connecting to the daemon…");

window.studioMeasures = measures;
