// Frames of a film or camera: made small, and sent while few are under way.
import { drive } from "/flow.js";
import { state, element } from "/state.js";
import { offer } from "/look.js";

/** Side of the square that a model's own estimator sees. */
const SQUARE = 256;
/** Longest side of a picture in which the head is looked for. */
const WIDE = 480;

/** Draws `video` into `canvas`: all of it where the head is looked for, else the middle square, `zoom` times as close. */
export function cut(video, canvas, { zoom = 1, isMirrored = false } = {}) {
  const [full, high] = [video.videoWidth, video.videoHeight];
  if (!full || !high) return false;
  const finds = Boolean(state.model?.finds_heads);
  const side = Math.min(full, high) / zoom;
  const [width, height] = finds ? [full, high] : [side, side];
  const scale = finds ? Math.min(1, WIDE / Math.max(full, high)) : SQUARE / side;
  const size = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  const context = canvas.getContext("2d");
  canvas.parentElement.classList.add("shows");
  context.save();
  if (isMirrored) { context.translate(size[0], 0); context.scale(-1, 1); }
  context.drawImage(video, (full - width) / 2, (high - height) / 2, width, height, 0, 0, ...size);
  context.restore();
  return true;
}

/** No picture comes any more. */
export function blank(canvas) {
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  canvas.parentElement.classList.remove("shows");
}

/** Sends what `canvas` shows as the newest frame. */
export async function sendCanvas(canvas, domain) {
  const time = performance.now();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.88));
  if (!blob) return;
  offer(canvas);
  const reader = element("reader").value;
  drive(() => ({ blob, domain, time, finds: Boolean(state.model?.finds_heads), reader }));
}

/** Calls `handle` for every frame of `video` until it returns false. */
export function everyFrame(video, handle) {
  const next = () => {
    if (handle() === false) return;
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(next);
    else requestAnimationFrame(next);
  };
  next();
}
