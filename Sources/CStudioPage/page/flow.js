// Numbers drivers and keeps only a few under way: the newest goes out when a result comes back, never a queue.
import { on, say, sendFrame, isOpen } from "/socket.js";
import { state } from "/state.js";

const WINDOW = 2;
let seq = 0;
let answered = 0;
let sentAt = 0;
let drivenAt = 0;
let waiting = null;
let lastSent = null;
let last = null;

const isBusy = () => seq - answered >= WINDOW && performance.now() - sentAt < 2000;

/** @param make returns {pose}, {blob, domain, finds, reader} or {isNobody}; called when there is room. */
export function drive(make) {
  waiting = make;
  pump();
}

/** The pose that went out last; null where a picture did. */
export const lastPose = () => last?.pose ?? null;

/** Whether nothing but idle life has driven for so many milliseconds, and there is room. */
export const isQuiet = (milliseconds) => !waiting && seq - answered < WINDOW && drivenFor() > milliseconds;

/** Milliseconds since something but idle life drove. */
export const drivenFor = () => performance.now() - drivenAt;

/** Sends the last driver once more, for a head that has just come. */
export function again() {
  if (lastSent && !waiting) drive(lastSent);
}

function pump() {
  if (!waiting || isBusy() || !isOpen() || state.isPaused) return;
  const make = waiting;
  waiting = null;
  lastSent = make;
  const driver = make();
  if (!driver) return;
  last = driver;
  seq += 1;
  sentAt = performance.now();
  if (!driver.isNobody && !driver.isLife) drivenAt = sentAt;
  const time = driver.time ?? sentAt;
  if (driver.isNobody) say({ op: "nobody", seq, time });
  else if (driver.pose) say({ op: "pose", seq, time, values: driver.pose });
  else sendFrame(driver.blob, { ...driver, seq, time });
}

function settle(facts) {
  answered = Math.max(answered, facts.seq);
  pump();
}

on("picture", settle);
on("failed", settle);
on("connected", () => { answered = seq; });
on("opened", () => { answered = seq; again(); });
setInterval(pump, 250);
