// What can be taken along: snapshots, clips, poses, command lines, the overlay's address.
import { say } from "/socket.js";
import { state, element, toast, save, copy } from "/state.js";
import { canvas } from "/stage.js";
import * as sliders from "/sliders.js";

let recorder = null;

export function snapshot() {
  canvas()?.toBlob((blob) => { save(blob, "head.png"); toast("Snapshot saved"); }, "image/png");
}

export function toggleClip() {
  const button = element("clip");
  if (recorder) return recorder.stop();
  if (!window.MediaRecorder) return toast("This browser cannot record clips", true);
  const type = ["video/webm;codecs=vp9", "video/webm", "video/mp4"].find((each) => MediaRecorder.isTypeSupported(each));
  recorder = new MediaRecorder(canvas().captureStream(30), { mimeType: type, videoBitsPerSecond: 4000000 });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.onstop = () => {
    recorder = null;
    button.setAttribute("aria-pressed", "false");
    save(new Blob(parts, { type }), type.startsWith("video/mp4") ? "head.mp4" : "head.webm");
    toast("Clip saved");
  };
  recorder.start();
  button.setAttribute("aria-pressed", "true");
  toast("Recording a clip");
}

const rounded = (pose) => Object.fromEntries(Object.entries(pose).map(([name, value]) => [name, Math.round(value * 1000) / 1000]));

function command() {
  const head = state.heads[0];
  const source = head?.sample ? `${head.sample}.png` : "picture.png";
  const numbers = Object.entries(rounded(sliders.pose())).map(([name, value]) => `${name}=${value}`);
  const model = state.model.name === state.hello.default_model ? "" : ` --model ${state.model.name}`;
  return `animoctl edit --source ${source} --source-domain ${head?.domain ?? "anime"}${model}`
    + ` --set ${numbers.length ? numbers.join(" ") : "yaw=0"} --output head.png`;
}

export function copyOverlay() {
  say({ op: "air", on: true });
  state.isOnAir = true;
  copy(`${location.origin}${state.hello.overlay}`, "The overlay's address");
}

export function start() {
  element("snapshot").onclick = snapshot;
  element("clip").onclick = toggleClip;
  element("copy-pose").onclick = () => copy(JSON.stringify(rounded(sliders.pose())), "The pose");
  element("copy-command").onclick = () => copy(command(), "The command");
  element("overlay").onclick = copyOverlay;
}
