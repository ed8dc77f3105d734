// The result: up to four pictures, and what is measured about them.
import { on } from "/socket.js";
import { state, element } from "/state.js";

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

export function setState(text, look = "") {
  const pill = element("state");
  pill.textContent = text;
  pill.className = `pill ${look}`;
}

/** Shows a still picture until the first result. */
export async function showStill(place, blob) {
  const picture = await createImageBitmap(blob);
  const view = views[place];
  if (!view || view.last) return;
  paint(view, picture);
}

export function forget(place) {
  if (views[place]) views[place].last = 0;
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

on("picture", async (facts, blob) => {
  const view = views[facts.head];
  if (!view) return;
  const picture = await createImageBitmap(blob);
  if (facts.seq < view.last) return picture.close();
  view.last = facts.seq;
  paint(view, picture);
  tellView(facts.head, "");
  if (facts.head !== 0) return;
  const now = performance.now();
  shownAt.push(now);
  delays.push(now - facts.time);
  if (delays.length > 60) delays.shift();
  dropped = facts.dropped;
  const isLive = state.driver !== "sliders";
  setState(state.isPaused ? "paused" : isLive ? "live" : "still", isLive ? "good" : "");
  const clamped = facts.clamped.length ? `at its limit: ${facts.clamped.slice(0, 3).join(", ").replaceAll("_", " ")}` : "";
  if (element("clamped").textContent !== clamped) element("clamped").textContent = clamped;
});

on("opened", ({ head }) => { if (head === 0 && !state.isPaused) setState("still"); });

on("failed", (facts) => {
  if (facts.outcome === "dropped" || facts.outcome === "cancelled") return;
  const noHead = /head/i.test(facts.message);
  if (facts.head === 0) setState(noHead ? "no head found" : "failed", "warn");
  tellView(facts.head, facts.message, true);
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
  element("fps").textContent = String(fps);
  element("delay").textContent = delay === null ? "–" : String(Math.round(delay));
  element("dropped").textContent = String(dropped);
}, 500);

window.studioMeasures = measures;
