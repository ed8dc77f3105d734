// Keeps a head alive that nothing drives: the daemon makes it breathe and blink, for as long as it is asked for pictures.
import { state } from "/state.js";
import { drive, drivenFor, isQuiet } from "/flow.js";
import { isAlive, isControlled } from "/control.js";
import { isOn } from "/network.js";
import { pose } from "/sliders.js";

const EVERY = 66;
/** The daemon blends a pose in that comes after a pause: it is sent until so many milliseconds after it was set. */
const BLENDING = 450;
let tickedAt = 0;

function tick() {
  if (document.hidden || state.isPaused || !state.heads.length || !isControlled()) return;
  if (state.driver === "sliders") {
    const now = performance.now();
    const isBlending = tickedAt < now - drivenFor() + BLENDING;
    if (!isQuiet(40) || !(isAlive() || isBlending)) return;
    tickedAt = now;
    drive(() => ({ pose: pose(), isLife: true }));
  } else if (isQuiet(200) && !isOn()) {
    drive(() => ({ isNobody: true }));
  }
}

export function start() { setInterval(tick, EVERY); }
