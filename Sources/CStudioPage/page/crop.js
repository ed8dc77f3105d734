// The frame around the head in a picture of one's own: as the daemon finds it, or as it is drawn by hand.
import { on } from "/socket.js";
import { state, element } from "/state.js";

/** The own head whose picture this is, and the picture once it is decoded. */
let shown = null;
let picture = null;
/** Where the daemon found its head. */
let found = null;
/** x, y and side in pixels of the picture. */
let square = null;
let mode = "auto";
let changed = () => {};
let settling = 0;

/** What to tell the daemon: "auto", null for the whole picture, or x, y, width and height. */
export function wanted() {
  if (mode === "auto") return "auto";
  return mode === "hand" && square ? [square.x, square.y, square.side, square.side] : null;
}

/** Shows an own head's picture, or none; `open` is called when another part of it is wanted. */
export async function show(head, open) {
  shown = head;
  changed = open;
  mode = "auto";
  found = null;
  const next = head ? await createImageBitmap(head.blob) : null;
  if (shown !== head) return next?.close();
  picture?.close();
  picture = next;
  element("crop").hidden = !picture;
  if (!picture) return;
  const side = Math.min(picture.width, picture.height);
  square = found ?? { x: (picture.width - side) / 2, y: (picture.height - side) / 2, side };
  choose("auto", false);
}

function choose(name, tells = true) {
  mode = name;
  for (const each of ["auto", "hand", "whole"]) element(`crop-${each}`).setAttribute("aria-pressed", String(each === name));
  draw();
  if (tells) changed();
}

function draw() {
  if (!picture) return;
  const canvas = element("crop-view");
  if (canvas.width !== picture.width) canvas.width = picture.width;
  if (canvas.height !== picture.height) canvas.height = picture.height;
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0);
  if (mode === "whole") return;
  const { x, y, side } = square;
  const unit = picture.width / (canvas.clientWidth || 200);
  context.fillStyle = "rgb(10 10 20 / 55%)";
  context.beginPath();
  context.rect(0, 0, canvas.width, canvas.height);
  context.rect(x, y, side, side);
  context.fill("evenodd");
  context.strokeStyle = "#fff";
  context.lineWidth = 2 * unit;
  context.strokeRect(x, y, side, side);
  context.fillStyle = "#fff";
  for (const [left, top] of [[x, y], [x + side, y], [x, y + side], [x + side, y + side]]) {
    context.fillRect(left - 4 * unit, top - 4 * unit, 8 * unit, 8 * unit);
  }
}

/** Moves or resizes by hand; the daemon is told when it rests. */
function shape(next) {
  const least = Math.max(16, Math.min(picture.width, picture.height) / 8);
  const side = Math.min(Math.max(next.side, least), Math.max(picture.width, picture.height));
  square = {
    side, x: Math.min(Math.max(next.x, -side / 2), picture.width - side / 2),
    y: Math.min(Math.max(next.y, -side / 2), picture.height - side / 2),
  };
  if (mode !== "hand") choose("hand", false); else draw();
  clearTimeout(settling);
  settling = setTimeout(changed, 180);
}

on("opened", ({ head, crop }) => {
  if (!shown || state.heads[head] !== shown || mode !== "auto" || !crop) return;
  found = { x: crop.x, y: crop.y, side: Math.max(crop.width, crop.height) };
  if (!picture) return;
  square = found;
  draw();
});

export function start() {
  const canvas = element("crop-view");
  for (const name of ["auto", "hand", "whole"]) element(`crop-${name}`).onclick = () => choose(name);
  let grip = null;
  const place = (event) => {
    const bounds = canvas.getBoundingClientRect();
    return [(event.clientX - bounds.left) * canvas.width / bounds.width, (event.clientY - bounds.top) * canvas.height / bounds.height];
  };
  canvas.onpointerdown = (event) => {
    if (!picture) return;
    const [x, y] = place(event);
    const reach = 14 * picture.width / canvas.clientWidth;
    const { x: left, y: top, side } = square;
    const isNear = (one, other) => Math.abs(one - other) < reach;
    const corner = (isNear(x, left) || isNear(x, left + side)) && (isNear(y, top) || isNear(y, top + side));
    const isWest = isNear(x, left);
    const isNorth = isNear(y, top);
    grip = corner
      ? { anchor: [isWest ? left + side : left, isNorth ? top + side : top], isWest, isNorth }
      : { offset: [x - left, y - top] };
    canvas.setPointerCapture(event.pointerId);
  };
  canvas.onpointermove = (event) => {
    if (!grip) return;
    const [x, y] = place(event);
    if (grip.offset) return shape({ x: x - grip.offset[0], y: y - grip.offset[1], side: square.side });
    const [left, top] = grip.anchor;
    const side = Math.max(Math.abs(x - left), Math.abs(y - top));
    shape({ side, x: grip.isWest ? left - side : left, y: grip.isNorth ? top - side : top });
  };
  canvas.onpointerup = canvas.onpointercancel = () => { grip = null; };
  canvas.onkeydown = (event) => {
    if (!picture) return;
    const step = square.side / 40;
    const moves = {
      ArrowLeft: [-step, 0, 0], ArrowRight: [step, 0, 0], ArrowUp: [0, -step, 0], ArrowDown: [0, step, 0],
      "+": [-step, -step, 2 * step], "-": [step, step, -2 * step],
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    shape({ x: square.x + move[0], y: square.y + move[1], side: square.side + move[2] });
  };
}
