// Which heads are shown: the built-in ones and the user's own pictures.
import { on, say, upload } from "/socket.js";
import { state, element, toast } from "/state.js";
import { arrange, showStill, forget, tellView } from "/stage.js";
import * as crop from "/crop.js";
import { keep, recall } from "/kept.js";

/** Longest side of an own picture that is sent; the daemon needs no more. */
const SIDE = 1024;
const FILE_LIMIT = 40 << 20;
/** Own pictures that are listed; the oldest that is not shown gives way. */
const OWN_LIMIT = 30;
let samples = [];
/** {blob, domain, name, crop, address}, the newest last. */
let owns = [];
let isFolderTaken = false;
/** The own picture whose crop is shown. */
let edited = null;

export const supports = (domain) => !state.model || state.model.domains.includes(domain);

function open(place) {
  const head = state.heads[place];
  if (!head || !state.model) return;
  forget(place);
  const request = { op: "open", head: place, model: state.model.name, domain: head.domain };
  if (head.sample) request.sample = head.sample;
  else upload(place, head.blob);
  const wanted = head.sample ? (state.model.alpha ? "auto" : null) : head.crop;
  if (wanted) request.crop = wanted;
  say(request);
  (head.sample ? fetch(`/samples/${head.sample}.png`).then((answer) => answer.blob()) : Promise.resolve(head.blob))
    .then((blob) => showStill(place, blob)).catch(() => {});
}

function openAll() {
  arrange(Math.max(1, state.heads.length));
  state.heads.forEach((_, place) => open(place));
  mark();
}

/** Shows a head, beside the others where heads are compared. */
export function choose(head) {
  if (!supports(head.domain)) return toast(`This model has no networks for ${head.domain === "vox" ? "photographed" : "drawn"} heads`, true);
  if (state.compares) {
    const known = state.heads.indexOf(head);
    if (known >= 0) {
      if (state.heads.length === 1) return;
      say({ op: "close", head: state.heads.length - 1 });
      state.heads.splice(known, 1);
      return openAll();
    }
    if (state.heads.length >= 4) return toast("Four heads are as many as the stage holds; choose one again to take it off", true);
    state.heads.push(head);
    arrange(state.heads.length);
    if (head.blob) edit(head);
    open(state.heads.length - 1);
  } else {
    state.heads = [head];
    arrange(1);
    if (head.blob) edit(head);
    open(0);
  }
  mark();
}

/** Shows the crop of an own picture. */
function edit(head) {
  if (edited === head) return;
  edited = head;
  document.querySelector(`[name=own-domain][value=${head.domain}]`).checked = true;
  head.crop = "auto";
  crop.show(head, () => { head.crop = crop.wanted(); openOwn(head); });
}

export function chooseByNumber(number) {
  if (samples[number - 1]) choose(samples[number - 1]);
}

function mark() {
  keep("heads", state.heads.filter((head) => head.sample).map((head) => head.sample));
  keep("compares", state.compares);
  element("compare").setAttribute("aria-pressed", String(state.compares));
  for (const button of element("samples").children) {
    const place = state.heads.indexOf(button.head);
    button.setAttribute("aria-selected", String(place >= 0));
    button.querySelector(".place").textContent = state.compares && place >= 0 ? String(place + 1) : "";
    button.querySelector(".place").hidden = !(state.compares && place >= 0);
    button.disabled = !supports(button.head.domain);
  }
  if (!state.heads.includes(edited)) edited = null;
  element("own").hidden = !edited;
  if (!edited) crop.show(null);
}

function list() {
  const box = element("samples");
  box.replaceChildren(...[...samples, ...owns].map((head, index) => {
    const button = document.createElement("button");
    button.setAttribute("role", "option");
    button.head = head;
    const kind = head.blob ? head.name : `${head.domain === "vox" ? "Human" : "Anime"} head ${(index % 6) + 1}`;
    button.title = kind + (index < 9 ? ` (key ${index + 1})` : "");
    const picture = new Image(96, 96);
    picture.src = head.address ?? `/samples/${head.sample}.png`;
    picture.alt = kind;
    const place = document.createElement("span");
    place.className = "place";
    place.hidden = true;
    button.append(picture, place);
    button.onclick = () => choose(head);
    return button;
  }));
}

/** Takes pictures of the user's, and shows the first of them. */
export async function takeFiles(files) {
  const taken = [];
  for (const file of files.slice(0, OWN_LIMIT)) {
    const head = await read(file);
    if (head) taken.push(head);
  }
  if (!taken.length) return;
  owns = [...owns, ...taken];
  while (owns.length > OWN_LIMIT) {
    const oldest = owns.findIndex((head) => !state.heads.includes(head) && head !== taken[0]);
    if (oldest < 0) break;
    URL.revokeObjectURL(owns.splice(oldest, 1)[0].address);
  }
  list();
  choose(taken[0]);
  element("heads-note").textContent = "Held in memory only; nothing is written.";
}

/** The pictures of the folder that the studio was started with. */
async function takeFolder(names) {
  for (const [place, name] of names.entries()) {
    const answer = await fetch(`/folder/${place}`).catch(() => null);
    const head = answer?.ok ? await read(new File([await answer.blob()], name)) : null;
    if (!head) continue;
    owns.push(head);
    list();
    mark();
  }
}

/** A picture as a head, made no larger than needed; transparency is kept. */
async function read(file) {
  if (file.size > FILE_LIMIT) return toast(`${file.name || "The picture"} has ${Math.round(file.size / 1048576)} MB; at most ${FILE_LIMIT >> 20} MB are taken`, true);
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return toast(`${file.name || "That"} is not a picture this browser can read; a PNG, JPEG or WebP is`, true);
  }
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(picture.width * scale)), Math.max(1, Math.round(picture.height * scale)));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await canvas.convertToBlob({ type: "image/png" });
  return { blob, domain: ownDomain(), name: file.name || "Own picture", crop: "auto", address: URL.createObjectURL(blob) };
}

/** The picture is of another kind, or another part of it is wanted. */
function openOwn(head) {
  head.domain = ownDomain();
  const place = state.heads.indexOf(head);
  if (place >= 0) open(place);
}

/** The pictures in what was dropped: files, and those of folders. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files];
  const files = [];
  const walk = async (entry) => {
    if (files.length >= OWN_LIMIT) return;
    if (entry.isFile) return files.push(await new Promise((done, failed) => entry.file(done, failed)));
    const reader = entry.createReader();
    for (;;) {
      const children = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!children.length) return;
      for (const child of children) await walk(child);
    }
  };
  for (const entry of entries) await walk(entry);
  return pictures(files);
}

/** Of a folder's files those that look like pictures, in the order of their names. */
function pictures(files) {
  const found = files.filter((file) => file.type.startsWith("image/")).sort((one, other) => one.name.localeCompare(other.name));
  if (!found.length) toast("There is no picture in that folder", true);
  else if (found.length > OWN_LIMIT) toast(`The first ${OWN_LIMIT} of ${found.length} pictures are taken`);
  return found;
}

function ownDomain() {
  const asked = document.querySelector("[name=own-domain]:checked").value;
  return supports(asked) ? asked : state.model.domains[0];
}

export function start() {
  const drop = element("drop");
  element("file").onchange = (event) => { takeFiles([...event.target.files]); event.target.value = ""; };
  element("folder").onchange = (event) => { takeFiles(pictures([...event.target.files])); event.target.value = ""; };
  element("folder-choose").onclick = () => element("folder").click();
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  for (const name of ["dragleave", "drop"]) document.addEventListener(name, () => drop.classList.remove("over"));
  document.addEventListener("drop", (event) => { event.preventDefault(); dropped(event.dataTransfer).then(takeFiles); });
  document.addEventListener("paste", (event) => takeFiles([...event.clipboardData.files]));
  for (const input of document.querySelectorAll("[name=own-domain]")) input.onchange = () => { if (edited) openOwn(edited); };
  state.compares = recall("compares", false);
  element("compare").onclick = () => {
    state.compares = !state.compares;
    if (!state.compares && state.heads.length > 1) {
      for (let place = 1; place < state.heads.length; place += 1) say({ op: "close", head: place });
      state.heads = state.heads.slice(0, 1);
      arrange(1);
    }
    mark();
    if (state.compares) toast("Choose up to four heads; the same driver moves them all");
  };
}

/** The built-in heads of the last visit. */
function keptHeads() {
  const kept = recall("heads", []).map((name) => samples.find((head) => head.sample === name)).filter(Boolean);
  return kept.slice(0, state.compares ? 4 : 1);
}

/** A model was chosen: heads it cannot show give way to one it can. */
export function modelChanged() {
  samples = state.hello.samples.map(({ name, domain }) => samples.find((head) => head.sample === name) ?? { sample: name, domain });
  list();
  if (!isFolderTaken) takeFolder(state.hello.folder);
  isFolderTaken = true;
  if (!state.heads.length) state.heads = keptHeads();
  state.heads = state.heads.filter((head) => supports(head.domain));
  if (!state.heads.length) state.heads = samples.filter((head) => supports(head.domain)).slice(0, 1);
  const missing = ["anime", "vox"].filter((domain) => !supports(domain));
  element("heads-note").textContent = missing.length
    ? `This model shows ${missing[0] === "vox" ? "drawn" : "photographed"} heads only.${state.model.alpha ? " Best with a figure on a clear background." : ""}` : "";
  for (const input of document.querySelectorAll("[name=own-domain]")) input.disabled = !supports(input.value);
  openAll();
}

on("refused", ({ head, message }) => tellView(head, message, true));
