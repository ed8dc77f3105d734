// What the user has set, kept by this browser: choices and numbers, never a picture.
const KEY = "animod-studio";
const SAVED_AFTER = 200;

function stored(storage) {
  // Storage may be switched off, or hold what another version wrote.
  try {
    const value = JSON.parse(storage().getItem(KEY));
    return value && typeof value === "object" && !Array.isArray(value) ? value : {};
  } catch { return {}; }
}

/** For the next visit, and for a reload of this one. */
const stores = [() => localStorage, () => sessionStorage].map((storage) => ({ storage, values: stored(storage) }));
let saving = 0;

function save() {
  clearTimeout(saving);
  saving = 0;
  for (const { storage, values } of stores) {
    try { storage().setItem(KEY, JSON.stringify(values)); } catch { /* Then nothing is kept. */ }
  }
}

function put(store, name, value) {
  store.values[name] = value;
  saving ||= setTimeout(save, SAVED_AFTER);
}

function get(store, name, usual) {
  const value = store.values[name] ?? usual;
  return typeof value === typeof usual && Array.isArray(value) === Array.isArray(usual) ? value : usual;
}

/** Keeps a value for the next visit. */
export const keep = (name, value) => put(stores[0], name, value);
/** What was kept; `usual` where nothing was, or something of another kind. */
export const recall = (name, usual) => get(stores[0], name, usual);
/** Keeps a value for a reload of the page: what is switched on. */
export const keepRunning = (name, value) => put(stores[1], name, value);
export const wasRunning = (name) => get(stores[1], name, false);

/** Keeps what an element with `data-kept` is set to. */
export function keepInput(input) {
  keep("inputs", { ...recall("inputs", {}), [input.id]: input.type === "checkbox" ? input.checked : input.value });
}

export const isKept = (id) => id in recall("inputs", {});

/** Sets the elements with `data-kept` as they were, before anyone reads them. */
export function restoreInputs() {
  const inputs = recall("inputs", {});
  for (const input of document.querySelectorAll("[data-kept]")) {
    const value = inputs[input.id];
    if (input.type === "checkbox") input.checked = typeof value === "boolean" ? value : input.checked;
    else if (typeof value === "string") {
      const before = input.value;
      input.value = value;
      if (input.value !== value) input.value = before;
    }
  }
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, ({ target }) => { if (target.dataset?.kept !== undefined) keepInput(target); });
  }
  addEventListener("pagehide", save);
}
