"""Misuses the studio's sockets without a browser, while a client of the daemon and a page go on with their work.

usage: studio_sockets.py PAGE_ADDRESS OVERLAY_ADDRESS ANIMOCTL DAEMON_ADDRESS FOLDER

Prints a line for each check and ends with 1 where one fails.
"""

import json, os, re, socket, struct, subprocess, sys, time, urllib.error, urllib.request

import websocket

page_address, overlay_address, animoctl, daemon_address, folder = sys.argv[1:6]
origin = re.match(r"http://[^/]+", page_address)[0]
host, port = origin.removeprefix("http://").split(":")
token = page_address.split("token=")[1]
cookie = f"animo_studio={token}"
failures = []
# As StudioServer has them.
CONNECTIONS, PENDING = 64, 128


def check(name, passed, detail=""):
    print(("pass  " if passed else "FAIL  ") + name + (f"  ({detail})" if detail and not passed else ""), flush=True)
    if not passed:
        failures.append(name)


def status(address, **headers):
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def page(path="/socket", **options):
    options = {"origin": origin, "cookie": cookie, "timeout": 60} | options
    return websocket.create_connection(origin.replace("http", "ws") + path, **options)


def opens(path="/socket", **options):
    try:
        page(path, **options).close()
        return True
    except Exception:
        return False


def until(made, kind, seconds=120):
    """The next message of a kind."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        message = made.recv()
        if isinstance(message, str) and json.loads(message).get("kind") == kind:
            return json.loads(message)
        if isinstance(message, bytes) and kind == "picture":
            length = struct.unpack("<I", message[:4])[0]
            return json.loads(message[4:4 + length])
    return None


def draws(made):
    """Whether a page gets a picture."""
    made.send(json.dumps({"op": "open", "head": 0, "model": "", "domain": "anime", "sample": "anime-1"}))
    if until(made, "opened") is None:
        return False
    made.send(json.dumps({"op": "pose", "seq": 1, "time": 0, "values": {"yaw": 5}}))
    return until(made, "picture") is not None


def client_works():
    source = os.path.join(folder, "anime-1.png")
    if not os.path.exists(source):
        request = urllib.request.Request(origin + "/samples/anime-1.png", headers={"Cookie": cookie})
        with urllib.request.urlopen(request, timeout=60) as answer, open(source, "wb") as file:
            file.write(answer.read())
    done = subprocess.run(
        [animoctl, "edit", "--connect", daemon_address, "--source", source, "--source-domain", "anime", "--set", "yaw=5",
         "--output", os.path.join(folder, "edited.png")], capture_output=True, timeout=180)
    return done.returncode == 0


def access():
    check("a request without a token is refused", status(origin + "/") == 403)
    check("a wrong token is refused", status(origin + "/?token=" + "0" * 32) == 403)
    check("a foreign host is refused", status(page_address, Host="evil.example") == 403)
    check("a socket without a cookie is refused", not opens(cookie=None))
    check("a socket with a wrong cookie is refused", not opens(cookie="animo_studio=" + "0" * 32))
    check("a socket of a foreign page is refused", not opens(origin="http://evil.example"))
    check("a socket of a foreign host is refused", not opens(host="evil.example"))
    check("a socket of the page opens", opens())
    check("the overlay's token opens no page", status(origin + "/?token=" + overlay_address.split("token=")[1]) == 403)
    check("the overlay's socket wants its token", not opens("/overlay-socket?token=" + "0" * 32, cookie=None))
    check("a page that is not there is 404", status(origin + "/nothing.html", Cookie=cookie) == 404)


def messages():
    made = page()
    until(made, "hello")
    texts = (
        "{", "[]", '{"op":"open"}', '{"op":"open","head":99}', '{"op":"pose","values":{"yaw":"x"}}', "\x00",
        '{"op":"control","groups":{"ears":{}}}', '{"op":"control","groups":{"mouth":{"gain":3}}}',
        '{"op":"control","groups":{"mouth":{"origin":"moon"}}}', '{"op":"control","idle":-1}',
        '{"op":"calibrate"}', '{"op":"calibrate","over_ms":1e9}', '{"op":"network","input":"telepathy"}',
        '{"op":"network","input":"vmc","port":70000}', '{"op":"network","input":"vmc","phone":"a b"}',
        '{"op":"open","head":0,"domain":"anime","crop":[1,2,3]}', '{"op":"open","head":0,"domain":"anime","crop":[0,0,-1,5]}')
    binaries = (b"", b"\x01", b"\x09abc", b"\x02\xff", b"\x01\x08" + bytes(12))
    for bad in texts:
        made.send(bad)
    for bad in binaries:
        made.send_binary(bad)
    answers = [until(made, "malformed") for _ in texts + binaries]
    check("malformed messages are answered in words", all(each and each["message"] for each in answers), answers)
    check("and the page goes on", draws(made))
    made.send_binary(b"\x01\x01" + bytes(12) + b"no picture")
    check("a frame that is no picture is refused in words", (until(made, "failed") or {}).get("message"))
    made.send_binary(b"\x02\x00" + b"no picture")
    made.send(json.dumps({"op": "open", "head": 0, "model": "", "domain": "anime"}))
    check("a head that is no picture is refused in words", (until(made, "refused") or {}).get("message"))
    check("and the page goes on", draws(made))
    made.close()
    for name, size, mask in (("a message", (8 << 20) + 1, None), ("a frame's promise", 1 << 40, b"\0\0\0\0")):
        made = page()
        try:
            if mask is None:
                made.send_binary(bytes(size))
            else:
                made.sock.sendall(b"\x82\xff" + struct.pack(">Q", size) + mask)
            while made.recv() not in ("", b""):
                pass
            closed = True
        except websocket.WebSocketTimeoutException:
            closed = False
        except (websocket.WebSocketException, OSError):
            closed = True
        check(f"{name} that is too large closes the page", closed)
    made = page()
    try:
        # Fragments that never end are bounded as one message is.
        made.sock.sendall(b"\x02\xff" + struct.pack(">Q", 1 << 20) + bytes(4) + bytes(1 << 20))
        for _ in range(8):
            made.sock.sendall(b"\x00\xff" + struct.pack(">Q", 1 << 20) + bytes(4) + bytes(1 << 20))
        while made.recv() not in ("", b""):
            pass
        closed = True
    except websocket.WebSocketTimeoutException:
        closed = False
    except (websocket.WebSocketException, OSError):
        closed = True
    check("fragments that are too large together close the page", closed)


def crowds():
    witness = page()
    until(witness, "hello")
    check("a page draws", draws(witness))
    idle = [socket.create_connection((host, int(port))) for _ in range(3 * PENDING)]
    check("a page opens beside sockets that say nothing", opens())
    check("a client works beside them", client_works())
    open_ones = idle
    end = time.monotonic() + 60
    while len(open_ones) > PENDING and time.monotonic() < end:
        open_ones = [each for each in open_ones if not is_closed(each)]
    check("sockets that say nothing are bounded", len(open_ones) <= PENDING, len(open_ones))
    for each in idle:
        each.close()

    # Set before it connects, so that little of what it is sent waits in its own buffer.
    deaf = page(sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),))
    until(deaf, "hello")
    # The witness and the one that reads nothing have a place each; those of pages closed before get free by and by.
    crowd = []
    end = time.monotonic() + 120
    while len(crowd) < CONNECTIONS - 2 and time.monotonic() < end:
        made = admitted()
        if made is None:
            time.sleep(0.1)
        else:
            crowd.append(made)
    check("as many pages as the limit says are served", len(crowd) == CONNECTIONS - 2, len(crowd))
    check("of 100 pages those beyond it are refused", not any(admitted() for _ in range(100 - len(crowd))))
    # The one that reads nothing asks on, until it is closed. A pose at random is twenty times as long as the question.
    cut = waited = False
    deaf.settimeout(1)
    end = time.monotonic() + 180
    while time.monotonic() < end and not cut:
        try:
            for _ in range(200):
                deaf.send('{"op":"random","seed":1}')
        except websocket.WebSocketTimeoutException:
            # Nothing of it is read any more: it waits, and is closed then.
            if not waited:
                check("a page draws beside it", draws(witness))
            waited = True
        except (websocket.WebSocketException, OSError):
            cut = True
    check("a page that never reads is closed", cut)
    check("beside all of them a page draws", draws(witness))
    check("and a client works", client_works())
    for made in crowd:
        made.close()
    check("when they have gone another page is served", wait_open())
    witness.close()


def is_closed(plain):
    plain.settimeout(0.01)
    try:
        return plain.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def admitted():
    """A page that is served; None where it is refused."""
    made = page()
    try:
        if made.recv_data()[0] != websocket.ABNF.OPCODE_CLOSE:
            return made
    except (websocket.WebSocketProtocolException, websocket.WebSocketConnectionClosedException):
        # Its close says 1013, try again later, which this client takes for none.
        pass
    made.shutdown()
    return None


def wait_open():
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            made = page()
            if until(made, "hello") is not None:
                made.close()
                return True
        except (websocket.WebSocketException, OSError):
            pass
        time.sleep(0.1)
    return False


for part in (access, messages, crowds):
    part()
print(f"{len(failures)} failed")
sys.exit(1 if failures else 0)
