// A film as driver, over and over.
import { state, element } from "/state.js";
import { cut, sendCanvas, everyFrame } from "/frames.js";
import { readsFrames } from "/camera.js";
import * as look from "/look.js";

const video = document.createElement("video");
video.muted = true;
video.loop = true;
video.playsInline = true;

function open(file) {
  if (!file) return;
  if (video.src) URL.revokeObjectURL(video.src);
  video.src = URL.createObjectURL(file);
  video.onerror = () => {
    element("video-note").textContent = `${file.name} is not a film this browser can play; MP4 (H.264) and WebM are.`;
    element("video-note").classList.add("bad");
  };
  video.onplaying = () => {
    element("video-note").textContent = file.name;
    element("video-note").classList.remove("bad");
    everyFrame(video, () => {
      if (video.paused) return false;
      if (cut(video, element("video-view")) && state.driver === "video" && !state.isPaused) sendCanvas(element("video-view"), element("video-domain").value);
      return true;
    });
  };
  video.play().catch(() => {});
}

export function start() {
  element("video-file").onchange = (event) => { open(event.target.files[0]); event.target.value = ""; };
}

export const absent = () => (video.src && !video.paused ? "" : "no film");

export function modelChanged() {
  const frames = state.model?.frames ?? [];
  const isPossible = readsFrames() || frames.includes("anime");
  element("video-file").disabled = !isPossible;
  for (const option of element("video-domain").options) {
    option.disabled = !(option.value === "vox" ? readsFrames() : frames.includes("anime"));
  }
  if (!isPossible) element("video-note").textContent = "This model reads no faces off pictures, so films cannot drive it.";
}

export function enter() { if (video.src) video.play().catch(() => {}); }
export function leave() { if (!video.paused) look.stop(); video.pause(); }
