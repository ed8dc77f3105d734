// Which heads are shown: the built-in ones and the user's own pictures.
import { on, say, upload } from "/socket.js";
import { state, element, toast } from "/state.js";
import { arrange, showStill, forget, tellView } from "/stage.js";
import * as crop from "/crop.js";

/** Longest side of an own picture that is sent; the daemon needs no more. */
const SIDE = 1024;
const FILE_LIMIT = 40 << 20;
let samples = [];
let own = null;

export const supports = (domain) => !state.model || state.model.domains.includes(domain);

function open(place) {
  const head = state.heads[place];
  if (!head || !state.model) return;
  forget(place);
  const request = { op: "open", head: place, model: state.model.name, domain: head.domain };
  if (head.sample) request.sample = head.sample;
  else upload(place, head.blob);
  const wanted = head.sample ? (state.model.alpha ? "auto" : null) : crop.wanted();
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
    const known = state.heads.findIndex((each) => head.sample && each.sample === head.sample);
    if (known >= 0) {
      if (state.heads.length === 1) return;
      say({ op: "close", head: state.heads.length - 1 });
      state.heads.splice(known, 1);
      return openAll();
    }
    if (state.heads.length >= 4) return toast("Four heads are as many as the stage holds; choose one again to take it off", true);
    state.heads.push(head);
    arrange(state.heads.length);
    open(state.heads.length - 1);
  } else {
    state.heads = [head];
    arrange(1);
    open(0);
  }
  mark();
}

export function chooseByNumber(number) {
  if (samples[number - 1]) choose(samples[number - 1]);
}

function mark() {
  for (const button of element("samples").children) {
    const place = state.heads.findIndex((head) => head.sample === button.dataset.name);
    button.setAttribute("aria-selected", String(place >= 0));
    button.querySelector(".place").textContent = state.compares && place >= 0 ? String(place + 1) : "";
    button.querySelector(".place").hidden = !(state.compares && place >= 0);
    button.disabled = !supports(button.dataset.domain);
  }
  const isOwn = state.heads.some((head) => head.blob);
  element("own").hidden = !isOwn;
  if (!isOwn) crop.show(null);
}

function list() {
  const box = element("samples");
  box.replaceChildren(...samples.map((head, index) => {
    const button = document.createElement("button");
    button.setAttribute("role", "option");
    button.dataset.name = head.sample;
    button.dataset.domain = head.domain;
    button.title = `${head.domain === "vox" ? "Human" : "Anime"} head${index < 9 ? ` (key ${index + 1})` : ""}`;
    const picture = new Image(96, 96);
    picture.src = `/samples/${head.sample}.png`;
    picture.alt = `${head.domain === "vox" ? "Human" : "Anime"} head ${(index % 6) + 1}`;
    const place = document.createElement("span");
    place.className = "place";
    place.hidden = true;
    button.append(picture, place);
    button.onclick = () => choose(head);
    return button;
  }));
}

/** Takes a picture of the user's, made no larger than needed; transparency is kept. */
export async function takeFile(file) {
  if (!file) return;
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
  own = { blob, domain: ownDomain() };
  await crop.show(blob, openOwn);
  choose(own);
  element("heads-note").textContent = "Held in memory only; nothing is written.";
}

function openOwn() {
  state.heads.forEach((head, place) => {
    if (!head.blob) return;
    head.domain = ownDomain();
    open(place);
  });
}

function ownDomain() {
  const asked = document.querySelector("[name=own-domain]:checked").value;
  return supports(asked) ? asked : state.model.domains[0];
}

export function start() {
  const drop = element("drop");
  element("file").onchange = (event) => { takeFile(event.target.files[0]); event.target.value = ""; };
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  for (const name of ["dragleave", "drop"]) document.addEventListener(name, () => drop.classList.remove("over"));
  document.addEventListener("drop", (event) => { event.preventDefault(); takeFile(event.dataTransfer.files[0]); });
  document.addEventListener("paste", (event) => takeFile([...event.clipboardData.files][0]));
  for (const input of document.querySelectorAll("[name=own-domain]")) input.onchange = openOwn;
  element("compare").onclick = (event) => {
    state.compares = !state.compares;
    event.target.setAttribute("aria-pressed", String(state.compares));
    if (!state.compares && state.heads.length > 1) {
      for (let place = 1; place < state.heads.length; place += 1) say({ op: "close", head: place });
      state.heads = state.heads.slice(0, 1);
      arrange(1);
    }
    mark();
    if (state.compares) toast("Choose up to four heads; the same driver moves them all");
  };
}

/** A model was chosen: heads it cannot show give way to one it can. */
export function modelChanged() {
  samples = state.hello.samples.map(({ name, domain }) => ({ sample: name, domain }));
  list();
  state.heads = state.heads.filter((head) => supports(head.domain));
  if (!state.heads.length) state.heads = samples.filter((head) => supports(head.domain)).slice(0, 1);
  const missing = ["anime", "vox"].filter((domain) => !supports(domain));
  element("heads-note").textContent = missing.length
    ? `This model shows ${missing[0] === "vox" ? "drawn" : "photographed"} heads only.${state.model.alpha ? " Best with a figure on a clear background." : ""}` : "";
  for (const input of document.querySelectorAll("[name=own-domain]")) input.disabled = !supports(input.value);
  openAll();
}

on("refused", ({ head, message }) => tellView(head, message, true));
