// What the page knows, in one place.
export const state = {
  hello: null,
  model: null,
  /** The heads shown, by place: {sample} or {blob, domain, find}. */
  heads: [],
  compares: false,
  /** "sliders", "camera", "video", "motion" or "network". */
  driver: "sliders",
  isPaused: false,
  /** Why the driver that was chosen does not drive, in a word or two; empty where it does. */
  absent: () => "",
  /** Whether that is a fault, and not just how it was left. */
  isFaulty: () => false,
};

export const element = (id) => document.getElementById(id);

let fading = 0;
/** A line under the stage that goes away again. */
export function toast(text, isBad = false) {
  const line = element("toast");
  line.textContent = text;
  line.classList.toggle("bad", isBad);
  clearTimeout(fading);
  fading = setTimeout(() => { line.textContent = ""; }, isBad ? 8000 : 4000);
}

export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied`);
  } catch {
    toast(`This browser does not let the page copy. ${what}: ${text}`, true);
  }
}
