// The engine's drawer: stage times as a moving chart, and the daemon's own numbers.
import { on } from "/socket.js";
import { element } from "/state.js";
import { keep, recall } from "/kept.js";

const STAGES = ["decode", "queue", "compute", "encode"];
const KEPT = 160;
const times = [];

on("picture", (facts) => {
  if (facts.head !== 0) return;
  times.push(facts.ms);
  if (times.length > KEPT) times.shift();
});

function draw() {
  if (element("engine").hidden) return;
  const canvas = element("chart");
  const context = canvas.getContext("2d");
  const ratio = devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  context.clearRect(0, 0, width, height);
  const style = getComputedStyle(document.documentElement);
  const most = Math.max(20, ...times.map((time) => STAGES.reduce((sum, stage) => sum + time[stage], 0)));
  const bar = width / KEPT;
  times.forEach((time, index) => {
    let base = height;
    for (const stage of STAGES) {
      const size = time[stage] / most * (height - 18 * ratio);
      context.fillStyle = style.getPropertyValue(`--${stage}`);
      context.fillRect((KEPT - times.length + index) * bar, base - size, Math.max(1, bar - ratio), size);
      base -= size;
    }
  });
  context.fillStyle = style.getPropertyValue("--soft");
  context.font = `${12 * ratio}px system-ui, sans-serif`;
  context.fillText(`${Math.round(most)} ms`, 2 * ratio, 12 * ratio);
}

const megabytes = (bytes) => `${Math.round(bytes / 1048576)} MiB`;

on("engine", (engine) => {
  const pictures = engine.compute_p50_ms > 0 ? 1000 / engine.compute_p50_ms : 0;
  const fit = [10, 15, 25].map((rate) => `${Math.floor(pictures / rate)} at ${rate}`).join(", ");
  const batches = Object.entries(engine.batches).map(([size, count]) => `${size}: ${count}`).join(", ");
  const facts = {
    State: engine.state, Threads: engine.threads, "Live sessions": engine.sessions, Connections: engine.connections,
    "Work queued": `${engine.queued} (${engine.queued_seconds.toFixed(2)} s)`,
    "A batch, median": `${engine.compute_p50_ms.toFixed(1)} ms`, "A batch, 99 of 100": `${engine.compute_p99_ms.toFixed(1)} ms`,
    "Sessions that would fit": pictures ? fit : "–", "Batches by size": batches || "–",
    "Pictures": engine.frames.ok ?? 0, "Frames dropped": engine.frames.dropped ?? 0,
    "Source cache": `${megabytes(engine.cache_bytes)} of ${megabytes(engine.cache_budget)}`, Memory: megabytes(engine.resident),
  };
  element("facts").replaceChildren(...Object.entries(facts).map(([name, value]) => {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    const text = document.createElement("dd");
    term.textContent = name;
    text.textContent = String(value);
    row.append(term, text);
    return row;
  }));
});

export function start() {
  const drawer = element("engine");
  const open = (isOpen) => {
    drawer.hidden = !isOpen;
    element("engine-toggle").setAttribute("aria-expanded", String(isOpen));
    keep("engine", isOpen);
  };
  element("engine-toggle").onclick = () => {
    open(drawer.hidden);
    if (!drawer.hidden) drawer.scrollIntoView({ block: "end" });
  };
  open(recall("engine", false));
  const step = () => { draw(); setTimeout(() => requestAnimationFrame(step), 150); };
  step();
}
