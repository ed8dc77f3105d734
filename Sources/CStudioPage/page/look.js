// What the face tracker sees, drawn over the driver's picture: the face's points and the square that is cut out.
import { on, say } from "/socket.js";
import { state } from "/state.js";

let asked = null;
/** The canvas that lies over the driver's picture. */
let over = null;

/** A frame was sent that `canvas` shows. */
export function offer(canvas) {
  over = canvas.parentElement.querySelector(".seen");
  want(Boolean(state.model?.finds_heads));
}

function want(isWanted) {
  if (asked !== isWanted && say({ op: "look", on: isWanted })) asked = isWanted;
}

/** No frames come any more. */
export function stop() {
  want(false);
  for (const canvas of document.querySelectorAll(".seen")) canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
}

on("connected", () => { asked = null; });

on("look", ({ width, height, face, best }) => {
  if (!over || !asked) return;
  if (over.width !== width || over.height !== height) [over.width, over.height] = [width, height];
  const context = over.getContext("2d");
  context.clearRect(0, 0, width, height);
  const style = getComputedStyle(document.documentElement);
  const unit = Math.max(1, width / 320);
  const label = (text, colour) => {
    context.font = `600 ${12 * unit}px system-ui, sans-serif`;
    const wide = context.measureText(text).width;
    context.fillStyle = "rgb(16 16 24 / 70%)";
    context.fillRect(0, height - 20 * unit, wide + 14 * unit, 20 * unit);
    context.fillStyle = colour;
    context.fillText(text, 7 * unit, height - 6 * unit);
  };
  if (!face) return label(best > 0 ? `no face (best ${best.toFixed(2)})` : "no face", "#ffb4ab");
  context.fillStyle = style.getPropertyValue("--points");
  for (let at = 0; at < face.points.length; at += 2) {
    context.fillRect(face.points[at] - unit / 2, face.points[at + 1] - unit / 2, unit, unit);
  }
  const [x, y, side] = face.square;
  context.strokeStyle = "#fff";
  context.lineWidth = 1.5 * unit;
  context.setLineDash([6 * unit, 4 * unit]);
  context.strokeRect(x, y, side, side);
  context.setLineDash([]);
  label(`${face.how} ${face.presence.toFixed(2)}   yaw ${Math.round(face.yaw)}°  pitch ${Math.round(face.pitch)}°`, "#fff");
});
