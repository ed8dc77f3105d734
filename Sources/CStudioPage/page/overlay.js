// A bare picture for a broadcaster's browser source, shown at a fixed rate: the newest there is, and the last one while
// nothing comes. "&rate=60" in the address asks for another rate than 30.
const canvas = document.getElementById("picture");
const context = canvas.getContext("2d");
const query = new URLSearchParams(location.search);
const rate = Math.min(60, Math.max(1, Number(query.get("rate")) || 30));
let newest = null;

function connect() {
  const socket = new WebSocket(`ws://${location.host}/overlay-socket?token=${encodeURIComponent(query.get("token") ?? "")}`);
  socket.binaryType = "blob";
  socket.onmessage = ({ data }) => { newest = data; };
  // The studio was closed: the scene waits for it.
  socket.onclose = () => setTimeout(connect, 1000);
}

async function show() {
  const data = newest;
  newest = null;
  if (data) {
    const picture = await createImageBitmap(data).catch(() => null);
    if (picture) {
      if (canvas.width !== picture.width || canvas.height !== picture.height) [canvas.width, canvas.height] = [picture.width, picture.height];
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.drawImage(picture, 0, 0);
      picture.close();
      canvas.dataset.shown = String(Number(canvas.dataset.shown ?? 0) + 1);
    }
  }
  setTimeout(show, 1000 / rate);
}

connect();
show();
