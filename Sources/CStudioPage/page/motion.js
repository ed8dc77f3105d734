// Recorded motion: played as driver, and recorded from what drives.
import { on } from "/socket.js";
import { state, element, toast, save } from "/state.js";
import { drive, lastPose } from "/flow.js";

let playing = 0;
let recording = null;

/** The frames of a recording: a header line with "animo_motion", then a pose a line; or bare poses at 25 a second. */
export function read(text) {
  const lines = text.replace(/^\uFEFF/, "").split("\n").map((line) => line.trim()).filter(Boolean);
  let names = state.model.channels.map((channel) => channel.name);
  const frames = [];
  lines.forEach((line, index) => {
    let value;
    try { value = JSON.parse(line); } catch { throw new Error(`line ${index + 1} is not JSON`); }
    if (value.animo_motion !== undefined) {
      if (value.animo_motion !== 1) throw new Error(`version ${value.animo_motion} is not known; version 1 is`);
      names = value.channels ?? names;
      return;
    }
    const pose = Array.isArray(value) ? value : "pose" in value ? value.pose : value;
    const time = value.t ?? frames.length / 25;
    if (pose === null) return frames.push({ time, pose: null });
    frames.push({ time, pose: Array.isArray(pose) ? Object.fromEntries(pose.map((number, place) => [names[place], number])) : pose });
  });
  if (!frames.length) throw new Error("it holds no poses");
  return frames;
}

export function play(frames, name) {
  stop();
  const first = frames[0].time;
  const length = frames.at(-1).time - first + 0.04;
  const start = performance.now();
  element("motion-note").textContent = `${name}: ${frames.length} poses, ${length.toFixed(1)} s, over and over`;
  element("motion-stop").disabled = false;
  const step = () => {
    const at = first + ((performance.now() - start) / 1000) % length;
    let place = frames.findIndex((frame) => frame.time > at);
    place = place < 0 ? frames.length - 1 : Math.max(0, place - 1);
    const pose = frames[place].pose;
    if (state.driver === "motion" && !state.isPaused && pose) drive(() => ({ pose }));
    playing = requestAnimationFrame(step);
  };
  step();
}

export const absent = () => (playing ? "" : "nothing plays");

export function stop() {
  cancelAnimationFrame(playing);
  playing = 0;
  element("motion-stop").disabled = true;
}

/** Records the poses that are shown; those that went out where a result tells none. */
export function toggleRecording() {
  const button = element("record");
  if (!recording) {
    recording = { start: performance.now(), frames: [] };
    button.setAttribute("aria-pressed", "true");
    return toast("Recording motion: numbers only, no picture");
  }
  const { frames } = recording;
  recording = null;
  button.setAttribute("aria-pressed", "false");
  if (!frames.length) return toast("Nothing moved, so nothing was recorded", true);
  const names = state.model.channels.map((channel) => channel.name);
  const header = { animo_motion: 1, kind: "pose", channels: names, from: { input: state.driver, application: `animod studio ${state.hello.version}` } };
  const lines = [header, ...frames.map(({ t, pose }) => ({ t, pose: names.map((name) => pose[name] ?? 0) }))];
  save(new Blob([lines.map((line) => JSON.stringify(line)).join("\n") + "\n"], { type: "application/json" }), "motion.jsonl");
  toast(`${frames.length} poses saved`);
}

on("picture", (facts) => {
  if (!recording || facts.head !== 0) return;
  const pose = facts.pose ?? lastPose();
  if (pose) recording.frames.push({ t: Math.round(performance.now() - recording.start) / 1000, pose });
});

export function start() {
  element("motion-file").onchange = async (event) => {
    const file = event.target.files[0];
    event.target.value = "";
    if (!file) return;
    try {
      play(read(await file.text()), file.name);
    } catch (error) {
      element("motion-note").textContent = `${file.name} cannot be played: ${error.message}.`;
      element("motion-note").classList.add("bad");
    }
  };
  element("motion-talk").onclick = async () => {
    const sample = await (await fetch("/samples/sequence.json")).json();
    play(sample.poses.map((pose, index) => ({
      time: index / sample.frames_per_second,
      pose: Object.fromEntries(pose.map((number, place) => [sample.channels[place], number])),
    })), "The sample");
  };
  element("motion-stop").onclick = stop;
  element("record").onclick = toggleRecording;
}
