#!/usr/bin/env python3
"""Races animobench against LiteRT (XNNPACK) on the face tracker's networks, on one thread, in turns.

    python3 -m venv peers && peers/bin/pip install ai-edge-litert numpy
    peers/bin/python peers_tracker.py --animobench ../../.build/release/animobench --model face.safetensors \\
        --task face_landmarker.task

`--task` is Google's file, a ZIP in which two more hold a TFLite file each. Noise goes in, since time does not depend on
what is seen. LiteRT's times are of the networks alone: a tracked frame of a user's program would add its own sampling and
geometry, which animobench's has. One JSON object a line: stage, milliseconds of each (medians of `--rounds` turns), ratio.
"""
import argparse, io, json, statistics, subprocess, time, zipfile

import numpy as np
from ai_edge_litert.interpreter import Interpreter

STAGES = {
    "detector": "face_detector.tflite", "mesh": "face_landmarks_detector.tflite", "blend_shapes": "face_blendshapes.tflite"}


def networks(archive):
    """Every TFLite file in an archive, and in the archives in it."""
    for name in archive.namelist():
        data = archive.read(name)
        if name.endswith(".tflite"):
            yield name, data
        elif data[:2] == b"PK":
            yield from networks(zipfile.ZipFile(io.BytesIO(data)))


def milliseconds(interpreter, times):
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        interpreter.invoke()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--animobench", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--task", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--times", type=int, default=200)
    options = parser.parse_args()

    files = dict(networks(zipfile.ZipFile(options.task)))
    interpreters = {}
    for stage, name in STAGES.items():
        interpreter = Interpreter(model_content=files[name], num_threads=1)
        interpreter.allocate_tensors()
        for given in interpreter.get_input_details():
            noise = np.random.default_rng(1).random(given["shape"], dtype=np.float32)
            interpreter.set_tensor(given["index"], noise)
        interpreters[stage] = interpreter

    ours, theirs = [], []
    for _ in range(options.rounds):
        theirs.append({stage: milliseconds(each, options.times) for stage, each in interpreters.items()})
        ours.append(json.loads(subprocess.run(
            [options.animobench, "track", "--model", options.model, "--threads", "1", "--times", str(options.times), "--json"],
            check=True, capture_output=True).stdout))
    for stage in STAGES:
        own = statistics.median(each[f"{stage}_ms"] for each in ours)
        other = statistics.median(each[stage] for each in theirs)
        print(json.dumps({"stage": stage, "animo_ms": own, "litert_ms": other, "ratio": own / other}))
    own = statistics.median(each["tracked_ms"] for each in ours)
    other = statistics.median(each["mesh"] + each["blend_shapes"] for each in theirs)
    print(json.dumps({"stage": "tracked frame", "animo_ms": own, "litert_ms": other, "ratio": own / other}))


main()
