// Keeps a head alive that nothing drives: the daemon makes it breathe and blink, for as long as it is asked for pictures.
import { state } from "/state.js";
import { on } from "/socket.js";
import { drive, drivenFor, isQuiet } from "/flow.js";
import { isAlive, isControlled } from "/control.js";
import { isOn } from "/network.js";
import { pose } from "/sliders.js";

const EVERY = 66;
/** The daemon lets what was set glide in: it is sent again until it is shown, for so many milliseconds at most. */
const GLIDING = 20000;
/** When the daemon last took another control, which glides in as well. */
let controlledAt = 0;
/** The pose of the newest picture. */
let shown = null;

function isShown() {
  const asked = pose();
  return shown !== null && Object.entries(shown).every(([name, value]) => Math.abs(value - (asked[name] ?? 0)) < 0.001);
}

function tick() {
  if (document.hidden || state.isPaused || !state.heads.length || !isControlled()) return;
  if (state.driver === "sliders") {
    const isGliding = !isShown() && Math.min(drivenFor(), performance.now() - controlledAt) < GLIDING;
    if (!isQuiet(40) || !(isAlive() || isGliding)) return;
    drive(() => ({ pose: pose(), isLife: true }));
  } else if (isQuiet(200) && !isOn()) {
    drive(() => ({ isNobody: true }));
  }
}

on("picture", (facts) => { if (facts.head === 0) shown = facts.pose; });
on("controlled", ({ head }) => { if (head === 0) controlledAt = performance.now(); });

export function start() { setInterval(tick, EVERY); }
