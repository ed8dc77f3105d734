#!/usr/bin/python3
"""A second client, which shares nothing with the first: sockets, struct, and protobuf's own Python.

    independent_client.py ADDRESS PROTOS_DIR SOURCE_PNG DOMAIN [FRAMES]

ADDRESS is unix:PATH or tcp:HOST:PORT, DOMAIN anime or vox. Makes the messages from PROTOS_DIR by
protoc, then checks health, describes, puts the source, reenacts it, and runs a session of FRAMES
frames under either policy; where a face tracker is loaded, a stream of pictures through it. Prints what came as JSON; anything that breaks the protocol is an
exception. Needs Debian's protobuf-compiler and python3-protobuf.
"""
import collections
import hashlib
import json
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile

HEADER = struct.Struct(">IIBB")  # length, stream, type, flags
REQUEST, RESPONSE, DATA = 1, 2, 3
REMOTE_CLOSED, REMOTE_OPEN, NO_DATA = 1, 2, 4
SECOND = 1_000_000_000


def messages(protos):
    """The modules that protoc makes of PROTOS_DIR."""
    with tempfile.TemporaryDirectory() as folder:
        files = sorted(str(path) for path in pathlib.Path(protos).glob("*.proto"))
        subprocess.run(["/usr/bin/protoc", f"-I{protos}", f"--python_out={folder}", *files], check=True)
        sys.path.insert(0, folder)
        sys.dont_write_bytecode = True
        import animo_pb2, health_pb2, ttrpc_pb2
    return animo_pb2, health_pb2, ttrpc_pb2


class Failed(Exception):
    def __init__(self, status):
        super().__init__(f"{status.code}: {status.message}")
        self.code, self.message = status.code, status.message
        self.detail = animo.ErrorDetail()
        for any_detail in status.details:
            self.detail.ParseFromString(any_detail.value)


class Client:
    """One connection. Calls are made in turn; frames of other streams are kept for later."""

    def __init__(self, address):
        kind, rest = address.split(":", 1)
        if kind == "unix":
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(rest)
        else:
            host, port = rest.rsplit(":", 1)
            self.socket = socket.create_connection((host.strip("[]"), int(port)))
        self.socket.settimeout(60)
        self.stream = -1
        self.kept = collections.defaultdict(collections.deque)

    def send(self, stream, kind, flags, body):
        self.socket.sendall(HEADER.pack(len(body), stream, kind, flags) + body)

    def exactly(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise EOFError("the daemon closed the connection")
            data += piece
        return data

    def receive(self, stream):
        """The next frame of `stream`: type, flags, body."""
        while not self.kept[stream]:
            length, number, kind, flags = HEADER.unpack(self.exactly(HEADER.size))
            self.kept[number].append((kind, flags, self.exactly(length)))
        return self.kept[stream].popleft()

    def open(self, service, method, payload, flags):
        self.stream += 2
        request = ttrpc.Request(service=service, method=method, payload=payload, timeout_nano=30 * SECOND)
        self.send(self.stream, REQUEST, flags, request.SerializeToString())
        return self.stream

    def call(self, service, method, message, reply):
        stream = self.open(service, method, message.SerializeToString(), 0)
        kind, _, body = self.receive(stream)
        assert kind == RESPONSE, f"expected a response, got type {kind}"
        return parsed(body, reply)


def parsed(body, reply):
    """The message in a response's body."""
    response = ttrpc.Response.FromString(body)
    if response.status.code != 0:
        raise Failed(response.status)
    reply.ParseFromString(response.payload)
    return reply


class Session:
    """An Animate stream."""

    def __init__(self, client, **opening):
        self.client = client
        self.stream = client.open("animo.v1.Animo", "Animate", b"", REMOTE_OPEN)
        self.send(open=animo.AnimateOpen(**opening))
        self.opened = self.receive().opened
        assert self.opened.window > 0, "expected a window"

    def send(self, **message):
        self.client.send(self.stream, DATA, 0, animo.AnimateInput(**message).SerializeToString())

    def frame(self, seq):
        driver = animo.Driver(pose=pose(mouth_a=(seq % 5) / 4, yaw=seq % 3 - 1))
        self.send(frame=animo.AnimateFrame(
            seq=seq, capture_time=struct.pack(">Q", seq), timeout_nano=30 * SECOND, driver=driver))

    def finish(self):
        self.client.send(self.stream, DATA, REMOTE_CLOSED | NO_DATA, b"")

    def receive(self):
        """The next output, or None at the end."""
        kind, flags, body = self.client.receive(self.stream)
        if kind == RESPONSE:
            parsed(body, animo.AnimateOutput())
            return None
        assert kind == DATA, f"expected data, got type {kind}"
        return None if flags & NO_DATA else animo.AnimateOutput.FromString(body)

    def result(self):
        output = self.receive()
        assert output and output.WhichOneof("kind") == "result", f"expected a result, got {output}"
        assert output.result.capture_time == struct.pack(">Q", output.result.seq)
        return output.result


def pose(**channels):
    return animo.Pose(channels=[animo.NamedValue(name=name, value=value) for name, value in channels.items()])


def picture_facts(picture):
    assert picture.data.startswith(b"\x89PNG\r\n\x1a\n"), "expected a PNG"
    width, height = struct.unpack(">II", picture.data[16:24])
    assert (width, height) == (picture.width, picture.height), "expected the PNG's own size"
    return {"width": width, "height": height, "sha256": hashlib.sha256(picture.data).hexdigest()}


def failure(action):
    try:
        action()
    except Failed as error:
        return {"code": error.code, "message": error.message, "reason": animo.Reason.Name(error.detail.reason)}
    raise AssertionError("expected an error")


def run_detail(client, picture):
    """The same head at twice its size, on green, and pasted back."""
    service, driver = "animo.v1.Animo", animo.Driver(pose=pose(mouth_a=0.8, yaw=10))
    larger = animo.SourcePicture()
    larger.CopyFrom(picture)
    larger.size, larger.detail = 512, animo.DETAIL_FLOW
    request = animo.ReenactRequest(source=animo.Source(picture=larger), driver=driver)
    flow = client.call(service, "Reenact", request, animo.ReenactReply())
    request.options.paste_back, request.options.paste, request.options.feather = True, animo.PASTE_MOTION, 0.2
    pasted = client.call(service, "Reenact", request, animo.ReenactReply())
    clear = animo.ReenactRequest(source=animo.Source(picture=picture), driver=driver)
    clear.options.background.transparent = True
    return {
        "detail": animo.Detail.Name(flow.source.detail),
        "width": picture_facts(flow.picture)["width"],
        "agreement": [flow.mean_agreement, pasted.mean_agreement],
        "pasted_width": picture_facts(pasted.picture)["width"],
        "no_alpha": failure(lambda: client.call(service, "Reenact", clear, animo.ReenactReply())),
    }


def run_session(client, source, policy, frames):
    """As many frames as the window allows are under way at any time."""
    session = Session(client, source=source, policy=policy)
    window, results, sent = session.opened.window, [], 0
    while len(results) < frames:
        while sent < frames and sent - len(results) < window:
            sent += 1
            session.frame(sent)
        results.append(session.result())
    session.finish()
    assert session.receive() is None, "expected the end of the session"
    drawn = [result for result in results if result.outcome == animo.OUTCOME_OK]
    return {
        "window": window,
        "seqs": [result.seq for result in results],
        "outcomes": [animo.Outcome.Name(result.outcome) for result in results],
        "messages": [result.message for result in results if result.message],
        "pictures": len({result.picture.data for result in drawn}),
        "dropped": results[-1].dropped,
    }


def run_controlled(client, source):
    """Relative motion under control: a neutral is measured, the head is lost, and found again."""
    session = Session(
        client, source=source, policy=animo.DROP_POLICY_QUEUE, relative=animo.Relative(rotation=True),
        control=animo.Control(lost=animo.Lost(hold_ms=100, ease_ms=100, back_ms=100),
                              mouth=animo.Group(gain=0), eyes=animo.Group(origin=animo.ORIGIN_SOURCE)))
    times = [(0, 5), (50, None), (1000, None), (1500, None), (1550, 15), (2000, 15)]  # milliseconds, yaw
    results, told = [], []
    for seq, (milliseconds, yaw) in enumerate(times, 1):
        driver = None if yaw is None else animo.Driver(pose=pose(yaw=yaw, mouth_a=1))
        session.send(frame=animo.AnimateFrame(
            seq=seq, timeout_nano=30 * SECOND, driver=driver, time_us=1 + milliseconds * 1000))
        while len(results) < seq:
            output = session.receive()
            told.append(output.WhichOneof("kind"))
            if told[-1] == "result":
                results.append(output.result)
            else:
                assert told[-1] == "calibrated" and output.calibrated.frames == 1, f"unexpected {output}"
                assert abs(output.calibrated.neutral.pose.values[19] - 5) < 1e-4, "expected the first frame's yaw"
    session.finish()
    assert session.receive() is None, "expected the end of the session"
    return {
        "told": told,
        "tracking": [animo.Tracking.Name(result.tracking) for result in results],
        "yaw": [round(result.pose.values[19], 3) for result in results],
        "mouth": [round(result.pose.values[12], 3) for result in results],
    }


def run_track(client, data, frames):
    """The same picture as a film: what is seen of its face."""
    stream = client.open("animo.v1.Animo", "Track", b"", REMOTE_OPEN)

    def send(**message):
        client.send(stream, DATA, 0, animo.TrackInput(**message).SerializeToString())

    def receive():
        kind, flags, body = client.receive(stream)
        if kind == RESPONSE:
            parsed(body, animo.TrackOutput())
            return None
        return None if flags & NO_DATA else animo.TrackOutput.FromString(body)

    send(open=animo.TrackOpen(video=True, rate=25))
    opened = receive().opened
    results = []
    for seq in range(1, frames + 1):
        send(frame=animo.TrackFrame(seq=seq, picture=animo.Picture(data=data)))
        results.append(receive().result)
    client.send(stream, DATA, REMOTE_CLOSED | NO_DATA, b"")
    assert receive() is None, "expected the end of the stream"
    faces = [result.face for result in results]
    return {
        "face_model": opened.face_model,
        "seqs": [result.seq for result in results],
        "how": [animo.FaceSearch.Name(face.how) for face in faces],
        "landmarks": [len(face.landmarks) for face in faces],
        "blendshapes": len(faces[0].blendshapes),
        "closed": round(faces[0].pose.values[6], 3),
    }


def main(address, protos, source_path, domain, frames="6"):
    global animo, health, ttrpc
    animo, health, ttrpc = messages(protos)
    client = Client(address)
    service = "animo.v1.Animo"
    facts = {}

    reply = client.call(
        "grpc.health.v1.Health", "Check", health.HealthCheckRequest(), health.HealthCheckResponse())
    facts["health"] = health.HealthCheckResponse.ServingStatus.Name(reply.status)

    reply = client.call(service, "Describe", animo.DescribeRequest(), animo.DescribeReply())
    facts["models"] = [model.name for model in reply.models]
    facts["channels"] = [channel.name for channel in reply.models[0].channels]

    picture = animo.SourcePicture(
        picture=animo.Picture(data=pathlib.Path(source_path).read_bytes()),
        domain={"anime": animo.DOMAIN_ANIME, "vox": animo.DOMAIN_VOX}[domain])
    puts = [client.call(service, "PutSource", animo.PutSourceRequest(source=picture), animo.PutSourceReply())
            for _ in range(2)]
    assert puts[0].source.id == puts[1].source.id and len(puts[0].source.id) == 32, "expected one id"
    facts["cached"] = puts[1].cached
    source = animo.Source(id=puts[0].source.id)

    request = animo.ReenactRequest(source=source, driver=animo.Driver(pose=pose(mouth_a=0.8, yaw=10)))
    reply = client.call(service, "Reenact", request, animo.ReenactReply())
    assert len(reply.motion.values) == 70, "expected the motion of 70 numbers"
    facts["reenact"] = picture_facts(reply.picture)
    again = client.call(service, "Reenact", request, animo.ReenactReply())
    facts["same_again"] = again.picture.data == reply.picture.data

    facts["detail"] = run_detail(client, picture)
    facts["queue"] = run_session(client, source, animo.DROP_POLICY_QUEUE, int(frames))
    facts["latest"] = run_session(client, source, animo.DROP_POLICY_LATEST, int(frames))
    facts["controlled"] = run_controlled(client, source)
    data = pathlib.Path(source_path).read_bytes()
    if any(model.face_model for model in client.call(
            service, "Describe", animo.DescribeRequest(), animo.DescribeReply()).models):
        facts["track"] = run_track(client, data, int(frames))
    else:
        facts["no_tracker"] = failure(lambda: run_track(client, data, 1))

    wrong = animo.ReenactRequest(source=source, driver=animo.Driver(pose=pose(mouth_q=1)))
    facts["unknown_channel"] = failure(lambda: client.call(service, "Reenact", wrong, animo.ReenactReply()))
    facts["unknown_method"] = failure(lambda: client.call(service, "Fly", wrong, animo.ReenactReply()))
    cancelled = client.call(service, "Cancel", animo.CancelRequest(stream=1), animo.CancelReply())
    facts["cancel_found"] = cancelled.found
    client.call(service, "DropSource", animo.DropSourceRequest(id=source.id), animo.DropSourceReply())
    facts["dropped_source"] = failure(lambda: client.call(service, "Reenact", request, animo.ReenactReply()))
    print(json.dumps(facts, indent=1))


if __name__ == "__main__":
    if not 5 <= len(sys.argv) <= 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])
