// Frames of a film or camera: a square is cut out, made small, and sent while few are under way.
import { drive } from "/flow.js";
import { state } from "/state.js";

/** Side of the square that is sent. */
const SIDE = 256;

/** Draws the middle square of `video` into `canvas`, `zoom` times as close. */
export function cut(video, canvas, { zoom = 1, isMirrored = false } = {}) {
  const side = Math.min(video.videoWidth, video.videoHeight) / zoom;
  if (!side) return false;
  const context = canvas.getContext("2d");
  canvas.width = canvas.height = SIDE;
  context.save();
  if (isMirrored) { context.translate(SIDE, 0); context.scale(-1, 1); }
  context.drawImage(
    video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, 0, 0, SIDE, SIDE);
  context.restore();
  return true;
}

/** Sends what `canvas` shows as the newest frame. */
export async function sendCanvas(canvas, domain) {
  const time = performance.now();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.88));
  if (blob) drive(() => ({ blob, domain, time, finds: Boolean(state.model?.finds_heads) }));
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
