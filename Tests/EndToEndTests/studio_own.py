"""Starts a studio where no daemon is reachable, with a folder of pictures, and looks at what it offers.

usage: studio_own.py ANIMOCTL PICTURE.png FOLDER

Prints a line for each check and ends with 1 where one fails.
"""

import json, os, shutil, subprocess, sys, urllib.error, urllib.request

import websocket

animoctl, picture, folder = sys.argv[1:4]
failures = []


def check(name, passed, detail=""):
    print(("pass  " if passed else "FAIL  ") + name + (f"  ({detail})" if detail and not passed else ""), flush=True)
    if not passed:
        failures.append(name)


def get(address, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, b""


def main():
    heads = os.path.join(folder, "heads")
    for made in (heads, os.path.join(folder, "run")):
        os.makedirs(made)
    for name in ("b.PNG", "a.png"):
        shutil.copyfile(picture, os.path.join(heads, name))
    with open(os.path.join(heads, "notes.txt"), "w") as file:
        file.write("no picture")
    environment = os.environ | {
        "XDG_RUNTIME_DIR": os.path.join(folder, "run"), "XDG_STATE_HOME": os.path.join(folder, "state"),
        "XDG_DATA_HOME": os.path.join(folder, "data")}
    environment.pop("ANIMO_CONNECT", None)
    studio = subprocess.Popen(
        [animoctl, "studio", "--no-open", "--listen", "tcp:127.0.0.1:0", "--folder", heads], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=environment, text=True)
    try:
        page = studio.stdout.readline().split()[1]
        origin, token = page.split("/?token=")
        cookie = f"animo_studio={token}"
        made = websocket.create_connection(
            origin.replace("http", "ws") + "/socket", origin=origin, cookie=cookie, timeout=120)
        hello = json.loads(made.recv())
        while hello.get("kind") != "hello":
            hello = json.loads(made.recv())
        check("the built-in model is the default", hello["models"][0]["builtin"]
              and hello["default_model"] == hello["models"][0]["name"], hello)
        check("the folder's pictures are offered", hello["folder"] == ["a.png", "b.PNG"], hello["folder"])
        with open(picture, "rb") as file:
            check("and served", get(origin + "/folder/0", Cookie=cookie) == (200, file.read()))
        check("to the page alone", get(origin + "/folder/0")[0] == 403)
        for path in ("/folder/2", "/folder/-1", "/folder/notes.txt", "/folder/../heads/a.png"):
            check(f"{path} is not there", get(origin + path, Cookie=cookie)[0] == 404)
        os.unlink(os.path.join(heads, "a.png"))
        check("nor is a picture that is gone", get(origin + "/folder/0", Cookie=cookie)[0] == 404)
        made.close()
        studio.terminate()
        words = studio.communicate(timeout=120)[1]
        check("the daemon of its own is told of", "started one" in words, words)
    finally:
        studio.kill()
        studio.wait()


main()
print(f"{len(failures)} failed")
sys.exit(1 if failures else 0)
