// The webcam as driver.
import { state, element, toast } from "/state.js";
import { blank, cut, sendCanvas, everyFrame } from "/frames.js";
import { setState } from "/stage.js";
import * as look from "/look.js";
import { keep, recall, keepRunning } from "/kept.js";

const video = document.createElement("video");
video.muted = true;
video.playsInline = true;
let stream = null;
/** Why the camera could not be opened. */
let failure = "";

/** Why it does not drive; empty where it does. */
export const absent = () => (stream ? "" : failure || "camera off");
export const hasFailed = () => !stream && Boolean(failure);

const WORDS = {
  NotAllowedError: "The browser was told not to give the camera to this page. Allow it beside the address, then try again.",
  NotFoundError: "No camera was found. Plug one in, or let a film drive.",
  NotReadableError: "Another program holds the camera. Close it there, then try again.",
};

export const readsFrames = () => (state.model?.frames ?? []).includes("vox") || Boolean(state.model?.finds_heads);

const CANNOT = "This model reads no faces off pictures. Sliders, recordings and network trackers drive it; a face tracker beside it (animoctl models get face) lets cameras drive it too.";

const STAYS = "Your picture stays on this machine: it goes to the daemon, and nowhere else.";
const DRAWN = "The built-in model has learned from drawn faces. To follow yours it needs a face tracker: type animoctl models get face, then start the studio again.";
const needsTracker = () => Boolean(state.model?.builtin) && !state.model.finds_heads;

function note(text, isBad = false) {
  element("camera-note").textContent = text;
  element("camera-note").classList.toggle("bad", isBad);
}

/** @param device the one to open; without it the one of the last time, or whatever there is. */
export async function open(device) {
  close();
  if (!navigator.mediaDevices?.getUserMedia) {
    return note("This browser gives cameras to pages on localhost or by HTTPS only.", true);
  }
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 }, deviceId: device ? { exact: device } : { ideal: recall("device", "") } },
    });
  } catch (error) {
    failure = error.name === "NotAllowedError" ? "camera refused" : "no camera";
    setState(failure, "bad");
    return note(WORDS[error.name] ?? `The camera could not be opened: ${error.message}`, true);
  }
  failure = "";
  keepRunning("camera", true);
  video.srcObject = stream;
  await video.play();
  stream.getVideoTracks()[0].onended = () => { close(); note("The camera was unplugged.", true); };
  element("camera-start").textContent = "Switch it off";
  element("camera-start").classList.remove("primary");
  note(state.model?.finds_heads
    ? "Your head is found by itself; the dashed square is what is used."
    : `Let your head fill the square: move, or come closer.${needsTracker() ? ` ${DRAWN}` : ""}`);
  await list();
  const own = stream;
  everyFrame(video, () => {
    if (stream !== own) return false;
    if (!cut(video, element("camera-view"), { zoom: Number(element("camera-zoom").value), isMirrored: element("camera-mirror").checked })) return true;
    if (state.driver === "camera" && !state.isPaused) sendCanvas(element("camera-view"), "vox");
    return true;
  });
}

export function close() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  if (stream) look.stop();
  stream = null;
  keepRunning("camera", false);
  blank(element("camera-view"));
  element("camera-start").textContent = "Switch the camera on";
  element("camera-start").classList.add("primary");
}

async function list() {
  const devices = (await navigator.mediaDevices.enumerateDevices()).filter((each) => each.kind === "videoinput");
  const select = element("camera-device");
  select.hidden = devices.length < 2;
  const current = stream?.getVideoTracks()[0]?.getSettings().deviceId;
  select.replaceChildren(...devices.map((device, index) =>
    new Option(device.label || `Camera ${index + 1}`, device.deviceId, false, device.deviceId === current)));
}

export function mirror() {
  element("camera-mirror").click();
  toast(element("camera-mirror").checked ? "Mirrored" : "Not mirrored");
}

export function start() {
  element("camera-start").onclick = () => {
    if (!readsFrames()) return note(CANNOT, true);
    if (!stream) return open();
    close();
    note("");
  };
  element("camera-device").onchange = (event) => {
    keep("device", event.target.value);
    open(event.target.value);
  };
  const zoom = element("camera-zoom");
  zoom.oninput = () => { zoom.nextElementSibling.textContent = `${Number(zoom.value).toFixed(2)}×`; };
  zoom.oninput();
}

export function modelChanged() {
  for (const id of ["camera-start", "camera-mirror", "camera-zoom"]) element(id).disabled = !readsFrames();
  element("camera-closer").hidden = Boolean(state.model?.finds_heads);
  if (!readsFrames()) note(CANNOT);
  else if (!stream) note(needsTracker() ? `${STAYS} ${DRAWN}` : STAYS);
  else note("");
}
