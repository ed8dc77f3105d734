// The connection to the studio: JSON in text messages, pictures in binary ones. It heals by itself.
const listeners = new Map();
let socket = null;
let delay = 500;

/** Calls `handle` with every message of a kind; "picture" has the facts and a Blob. */
export function on(kind, handle) {
  listeners.set(kind, [...(listeners.get(kind) ?? []), handle]);
}

function tell(kind, ...values) {
  for (const handle of listeners.get(kind) ?? []) handle(...values);
}

export function isOpen() {
  return socket?.readyState === WebSocket.OPEN;
}

/** Whether there was anyone to say it to. */
export function say(message) {
  if (!isOpen()) return false;
  socket.send(JSON.stringify(message));
  return true;
}

/** A driver's frame: kind, domain (0 anime, 1 vox; 2 is added where the head is to be found, 4 where the model's own estimator reads it), number, time, file. */
export function sendFrame(blob, { seq, time, domain, finds, reader }) {
  if (!isOpen()) return;
  const head = new DataView(new ArrayBuffer(14));
  head.setUint8(0, 1);
  head.setUint8(1, (domain === "vox" ? 1 : 0) + (finds ? 2 : 0) + (reader === "estimator" ? 4 : 0));
  head.setUint32(2, seq, true);
  head.setFloat64(6, time, true);
  socket.send(new Blob([head.buffer, blob]));
}

/** A head's own picture, to be opened after it. */
export function upload(head, blob) {
  if (isOpen()) socket.send(new Blob([new Uint8Array([2, head]), blob]));
}

async function receive(data) {
  if (typeof data === "string") {
    const message = JSON.parse(data);
    tell(message.kind, message);
    return;
  }
  const length = new DataView(data).getUint32(0, true);
  const facts = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  tell("picture", facts, new Blob([new Uint8Array(data, 4 + length)]));
}

export function connect() {
  socket = new WebSocket(`ws://${location.host}/socket`);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => { delay = 500; tell("connected"); };
  socket.onmessage = ({ data }) => receive(data);
  socket.onclose = () => {
    tell("disconnected");
    setTimeout(connect, delay);
    delay = Math.min(delay * 2, 4000);
  };
}
