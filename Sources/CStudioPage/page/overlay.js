// A bare picture for a broadcaster's browser source: the newest there is, and the last one while nothing comes.
const picture = document.getElementById("picture");
const token = new URLSearchParams(location.search).get("token") ?? "";
let shown = null;

function connect() {
  const socket = new WebSocket(`ws://${location.host}/overlay-socket?token=${encodeURIComponent(token)}`);
  socket.binaryType = "blob";
  socket.onmessage = ({ data }) => {
    const next = URL.createObjectURL(data);
    picture.src = next;
    if (shown) URL.revokeObjectURL(shown);
    shown = next;
  };
  // The studio was closed: the scene waits for it.
  socket.onclose = () => setTimeout(connect, 1000);
}

connect();
