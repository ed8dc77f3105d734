"""What the recipe promises. Run in this folder: python3 -m unittest"""

import contextlib
import copy
import io
import os
import shutil
import tempfile
import unittest
from unittest import mock

try:
    import numpy
    import torch
    from PIL import Image
    from safetensors.torch import load_file
except ImportError as missing:
    raise unittest.SkipTest(f"needs torch, safetensors, numpy and pillow ({missing})")

from animo import evaluate, export, golden, judge, losses, model_file, parts, rig, samples, table
from animo import train, train_estimator
from animo.estimator import Estimator
from animo.muon import Muon, orthogonal
from animo.networks import CONFIGS, AniMo, deformation, warp
from animo.pairs import Pairs
from animo.pictures import to_bytes

PACKAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
EMBEDDED = os.path.join(PACKAGE, "Sources", "CAnimoDemo")


def quietly(function, *arguments):
    """Calls a function and keeps what it prints."""
    with contextlib.redirect_stdout(io.StringIO()):
        return function(*arguments)


class Renderer(unittest.TestCase):
    def draw(self, domain, seed):
        generator = torch.Generator().manual_seed(seed)
        identity = rig.sample_identity(3, domain, generator)
        pose = rig.sample_pose(identity, generator)
        translation = rig.sample_translation(3, domain, generator)
        return rig.render(identity, pose, translation, 64, domain)

    def test_draws_the_same_heads_from_the_same_seed(self):
        for domain in rig.DOMAINS:
            self.assertTrue(torch.equal(self.draw(domain, 5), self.draw(domain, 5)))
            self.assertFalse(torch.equal(self.draw(domain, 5), self.draw(domain, 6)))

    def test_draws_the_embedded_samples(self):
        for domain in rig.DOMAINS:
            sources, driving, _, _ = samples.draw(domain)
            named = {f"{domain}-{i + 1}": picture for i, picture in enumerate(sources)}
            named |= {f"{domain}-driving-{i + 1}": picture for i, picture in enumerate(driving)}
            named[f"{domain}-large"] = samples.draw_large(domain)
            for name, picture in named.items():
                stored = Image.open(os.path.join(EMBEDDED, "model", "samples", f"{name}.png"))
                difference = numpy.asarray(stored).astype(int) - to_bytes(picture)
                self.assertLessEqual(abs(difference).max(), 1, name)


class Flow(unittest.TestCase):
    """The rig's own flow carries expressions, not only the head."""

    def error(self, domain, channels, which):
        """Absolute error around landmarks of a neutral head, copied and carried to a pose."""
        generator = torch.Generator().manual_seed(8)
        n, size = 6, 128
        identity = rig.sample_identity(n, domain, generator)
        calm, centred, pose = torch.zeros(n, 20), torch.zeros(n, 3), torch.zeros(n, 20)
        pose[:, channels] = 1.0
        source = rig.render(identity, calm, centred, size, domain)
        driving = rig.render(identity, pose, centred, size, domain)
        where, _ = rig.flow(identity, calm, centred, pose, centred, size // 2, domain)
        carried = warp(source, deformation(losses.flow_target(where)))
        mask = evaluate.boxes(identity, pose, centred, size, domain, which)
        return [((p - driving).abs() * mask).sum().item() for p in (source, carried)]

    def test_draws_the_lids_over_the_eyes(self):
        for domain in rig.DOMAINS:
            copied, carried = self.error(domain, (6, 7), (0, 1))
            self.assertLess(carried, 0.75 * copied, domain)

    def test_opens_the_mouth(self):
        for domain in rig.DOMAINS:
            copied, carried = self.error(domain, (12,), (2,))
            self.assertLess(carried, 0.75 * copied, domain)

    def test_tells_where_the_expression_moves_the_face(self):
        for domain in rig.DOMAINS:
            batch = Pairs(6, "cpu").draw(4, 64, domain)
            moved = batch["expressed"]
            self.assertEqual(moved.shape, (4, 1, 16, 16))
            near = torch.nn.functional.avg_pool2d(batch["focus"], 4) > 0.5
            self.assertGreater(moved[near].mean().item(), 5 * moved[~near].mean().item(), domain)

    def test_is_the_identity_for_the_same_pose(self):
        for domain in rig.DOMAINS:
            generator = torch.Generator().manual_seed(9)
            identity = rig.sample_identity(4, domain, generator)
            pose = rig.sample_pose(identity, generator)
            move = (pose, torch.zeros(4, 3))
            where, weight = rig.flow(identity, *move, *move, 32, domain)
            x, y = rig.grid(32, "cpu")
            distance = (where - torch.stack([x, y], 1)).abs().amax(1)
            self.assertLess(distance[weight[:, 0] > 0.5].quantile(0.99).item(), 2e-3, domain)


class Closing(unittest.TestCase):
    """Pairs at closed and half-closed eyes and open mouths."""

    def test_closes_eyes_and_opens_mouths_of_a_share(self):
        for share in (0.0, 0.5, 1.0):
            pose = Pairs(7, "cpu", closing=share).draw(64, 32, "vox")["pose"]
            closed = pose[:, 6:8].amax(1)
            alone = (closed >= 0.3) & (pose[:, 8:12] == 0).all(1)
            said = pose[:, 12:17].amax(1) >= 0.5
            if share == 1:
                self.assertTrue(alone.all() and said.all())
                self.assertTrue(0.3 < (closed == 1).float().mean() < 0.7)
                self.assertTrue(0.05 < (pose[:, 6:8] == 0).any(1).float().mean() < 0.4)
            else:
                bounds = (0.1, 0.4) if share == 0 else (0.4, 0.85)
                self.assertTrue(bounds[0] < alone.float().mean() < bounds[1], share)

    def test_leaves_brows_and_angles(self):
        plain, closing = (Pairs(7, "cpu", closing=share).draw(8, 32, "vox") for share in (0, 1))
        for kept in (slice(0, 6), slice(17, 20)):
            self.assertTrue(torch.equal(plain["pose"][:, kept], closing["pose"][:, kept]))
        self.assertTrue(torch.equal(plain["source"], closing["source"]))

    def test_looks_closely_at_the_eyes_alone(self):
        batch = Pairs(6, "cpu").draw(4, 128, "vox")
        eyes = torch.nn.functional.interpolate(batch["eyes"], size=128, mode="bilinear")
        self.assertEqual(batch["eyes"].shape, (4, 1, 32, 32))
        self.assertTrue((eyes <= batch["focus"] + 0.3).all())
        share = eyes.sum() / batch["focus"].sum()
        self.assertTrue(0.2 < share < 0.8, share)

    def test_counts_the_flow_at_the_eyes_by_itself(self):
        options = "--out unused --size 64 --closing 1 --stage 1 --steps 1"
        batch, model = Pairs(6, "cpu").draw(2, 64, "vox"), AniMo(**CONFIGS["demo"])
        totals = []
        for weight in (0, 1):
            parsed = train.parse(f"{options} --eye-weight {weight}".split())
            total, parts = losses.stage_losses(model, rig.pose_basis(), batch, parsed, None, None)
            totals.append(total.item())
        expected = parsed.flow_weight * parts["eyes"].item()
        self.assertAlmostEqual(totals[1] - totals[0], expected, places=4)


class Training(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def test_lowers_the_loss_of_the_warping_networks(self):
        phase = self.phase("--stage 1 --steps 15")
        first, last = self.train(phase)
        for domain in rig.DOMAINS:
            self.assertLess(last[f"{domain}.warp"], 0.98 * first[f"{domain}.warp"])
            self.assertLess(last[f"{domain}.flow"], 0.9 * first[f"{domain}.flow"])

    def test_lowers_the_loss_of_the_editing_networks(self):
        quietly(self.phase("--stage 1 --steps 2").run)
        first, last = self.train(self.phase("--stage 2 --steps 15 --edit-only"))
        for domain in rig.DOMAINS:
            self.assertLess(last[f"{domain}.image"], 0.95 * first[f"{domain}.image"])

    def test_lowers_the_loss_by_orthogonal_steps(self):
        first, last = self.train(self.phase("--stage 1 --steps 15 --muon --expressed-weight 2"))
        for domain in rig.DOMAINS:
            self.assertLess(last[f"{domain}.flow"], 0.9 * first[f"{domain}.flow"])
            self.assertLess(last[f"{domain}.expressed"], first[f"{domain}.expressed"])

    def test_edits_at_sizes_of_their_own(self):
        options = "--stage 2 --steps 8 --domains anime --edit-sizes 96 64"
        phase = self.phase(options)
        phase.pairs = Pairs(4, "cpu")
        sizes, editing = [], phase.model.nets("anime")[1]
        editing.register_forward_pre_hook(lambda _, given: sizes.append(given[0].shape[2]))
        flows, warping = [], phase.model.nets("anime")[0]
        warping.register_forward_hook(lambda *given: flows.append(given[-1].shape[2]))
        self.train(phase)
        self.assertEqual(set(sizes), {96, 64})
        self.assertEqual(set(flows), {16})

    def test_goes_on_where_it_was_cut_short(self):
        command = f"--out {self.folder} --size 64 --batch 2 --domains anime --steps 4"
        quietly(train.main, command.split())
        phase = train.Phase(train.parse(f"{command} --resume".split()))
        self.assertEqual(phase.schedule.step, 4)
        self.assertEqual(phase.facts["phases"], [])

    def test_lowers_the_loss_of_an_estimator(self):
        options = train_estimator.parse(
            f"--out {self.folder} --domain anime --steps 25 --batch 16".split()
        )
        training = train_estimator.Training(options)
        batch = train_estimator.draw(training.generator, 16, "anime", training.basis, "cpu")
        with mock.patch.object(train_estimator, "draw", lambda *_: batch):
            first, last = self.train(training)
        self.assertLess(last["loss"], 0.8 * first["loss"])

    def test_lowers_the_loss_of_a_judge(self):
        def loss(steps):
            command = f"--out {self.folder} --domain vox --batch 8 --steps {steps}"
            return quietly(judge.train, judge.parse(command.split()))["loss"]

        batch = judge.draw(torch.Generator().manual_seed(4), 8, "vox")
        with mock.patch.object(judge, "draw", lambda *_: batch):
            self.assertLess(loss(30), 0.9 * loss(1))

    def test_starts_from_a_model_file(self):
        model = os.path.join(EMBEDDED, "model", "demo.safetensors")
        phase = self.phase(f"--start {model} --stage 2 --steps 1")
        embedded, *_ = model_file.load(model)
        for name, tensor in embedded.state_dict().items():
            if "flow_out.2" not in name:  # which is for pictures of another size
                self.assertTrue(torch.equal(tensor, phase.model.state_dict()[name]), name)

    def phase(self, options):
        """A phase of a small run that sees the same pairs at every step."""
        command = f"--out {self.folder} --size 64 --batch 4 --lr 2e-3 {options}"
        phase = train.Phase(train.parse(command.split()))
        pairs = {domain: phase.pairs.draw(4, 64, domain) for domain in rig.DOMAINS}
        phase.pairs.draw = lambda n, size, domain, flow_size: dict(pairs[domain])
        return phase

    def train(self, phase):
        """Trains to the end; the losses of the first step and of the last."""
        losses = []
        while phase.schedule.share < 1:
            phase.means.clear()
            phase.step()
            losses.append(dict(phase.means))
        return losses[0], losses[-1]


class Steps(unittest.TestCase):
    def test_are_orthogonal_for_matrices_of_every_shape(self):
        generator = torch.Generator().manual_seed(3)
        for rows, columns in ((8, 8), (5, 40), (40, 5)):
            spread = torch.logspace(0, -1, min(rows, columns))
            left, right = (
                torch.linalg.qr(torch.randn(n, len(spread), generator=generator))[0]
                for n in (rows, columns)
            )
            values = torch.linalg.svdvals(orthogonal((left * spread) @ right.T[None])[0])
            self.assertTrue(((values > 0.5) & (values < 1.3)).all(), values)

    def test_go_on_where_they_were_saved(self):
        matrix, vector = torch.ones(3, 2), torch.ones(4)

        def step(state=None):
            parameters = [torch.nn.Parameter(tensor) for tensor in (matrix, vector)]
            optimiser = Muon([{"params": parameters}], lr=0.1)
            if state:
                optimiser.load_state_dict(copy.deepcopy(state))
            for parameter in parameters:
                parameter.grad = torch.arange(1.0, 1 + parameter.numel()).view_as(parameter)
            optimiser.step()
            return optimiser.state_dict(), parameters

        saved, _ = step()
        self.assertEqual(saved["param_groups"][0]["steps"], 1)
        again, _ = step(saved)
        self.assertEqual(again["param_groups"][0]["steps"], 2)
        once, twice = (state["state"][0]["first"] for state in (saved, again))
        self.assertTrue(torch.allclose(twice, 1.95 * once))


class Table(unittest.TestCase):
    def test_measures_the_embedded_model(self):
        model = table.Model(os.path.join(EMBEDDED, "model", "demo.safetensors"))
        with torch.no_grad():
            measured = table.quality(model, "vox", 8)
            read = table.expressions(model, judge.Judge().eval(), "vox", 8)
        self.assertEqual(set(measured), {"warp", "model", "another head"})
        self.assertGreater(measured["model"][0], 20)
        self.assertEqual(set(read), set(table.EXPRESSIONS))
        numbers = {"quality": measured, "across": None, "expressions": read, "angles": [1.0, 2.0]}
        text = table.markdown({"vox": numbers})
        self.assertIn("| closed eyes |", text)
        self.assertIn("2.00 degrees off on outputs, 1.00 on drawings", text)


class Export(unittest.TestCase):
    def test_agrees_with_what_is_read_back(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        shutil.copy(os.path.join(EMBEDDED, "demo.c"), folder)
        torch.manual_seed(3)
        model = model_file.round_to_half(AniMo(**CONFIGS["demo"]).eval())
        estimators = {"vox": model_file.round_to_half(Estimator(8, (1, 2, 1, 1)).eval())}
        export.write(folder, model, estimators, CONFIGS["demo"], 128, {"phases": {}})

        files = os.path.join(folder, "model")
        read, read_estimators, basis, metadata = model_file.load(f"{files}/demo.safetensors")
        for name, tensor in model.state_dict().items():
            self.assertTrue(torch.equal(tensor, read.state_dict()[name]), name)
        vectors = load_file(f"{files}/demo-golden.safetensors")
        for name, (difference, limit) in golden.differences(read, read_estimators, vectors).items():
            self.assertLessEqual(difference, limit, name)
        self.assertTrue(torch.equal(basis, rig.pose_basis()))
        self.assertEqual(metadata["estimators"], {"vox": {"input": 128}})

        with open(f"{folder}/demo.c", encoding="utf-8") as file:
            source = file.read()
        with open(os.path.join(EMBEDDED, "demo.c"), encoding="utf-8") as file:
            self.assertNotEqual(source, file.read())
        self.assertEqual(export.name_digests(source, files), source)


class Parts(unittest.TestCase):
    def test_takes_a_domain_s_estimator_from_the_last_that_has_one(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        options = f"--out {folder} --domain vox --width 8 --steps 1 --batch 2"
        training = train_estimator.Training(train_estimator.parse(options.split()))
        quietly(training.run)
        embedded = os.path.join(EMBEDDED, "model", "demo.safetensors")
        own, _ = parts.load_estimators([embedded])
        both, facts = parts.load_estimators([embedded, folder])
        self.assertEqual(both["vox"].fc.in_features, 64)
        self.assertEqual(facts["vox"]["steps"], 1)
        self.assertTrue(torch.equal(both["anime"].fc.weight, own["anime"].fc.weight))
        again, _ = parts.load_estimators([folder, embedded])
        self.assertTrue(torch.equal(again["vox"].fc.weight, own["vox"].fc.weight))


    def test_tells_each_network_s_phases_one_after_the_other(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        embedded = os.path.join(EMBEDDED, "model", "demo.safetensors")
        options = f"--out {folder} --start {embedded} --domains vox --stage 2 --edit-only"
        options += " --freeze-motion --size 64 --batch 1 --steps 1"
        quietly(train.main, options.split())
        *_, metadata = model_file.load(embedded)
        before = metadata["origin"]["phases"]
        _, _, joined = parts.join({"anime": [embedded], "vox": [folder]}, 64)
        for name in ("vox.warpping_net", "vox.editing_net"):
            *earlier, last = joined[name]["phases"]
            self.assertEqual(earlier, before[name]["phases"])
            self.assertEqual(last["steps"], 1)
        name = "anime.editing_net"
        self.assertEqual(joined[name]["phases"], before[name]["phases"])

    def test_tells_what_an_estimator_began_from(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        start = os.path.join(folder, "estimator-vox.pt")
        for seed, more in ((1, ""), (2, f" --start {start}")):
            options = f"--out {folder} --domain vox --width 8 --steps 1 --batch 2 --seed {seed}"
            training = train_estimator.Training(train_estimator.parse((options + more).split()))
            quietly(training.run)
        _, facts = parts.load_estimators([folder])
        self.assertEqual([facts["vox"]["seed"], facts["vox"]["from"]["seed"]], [2, 1])


class Embedded(unittest.TestCase):
    files = os.path.join(EMBEDDED, "model")

    def test_golden_is_what_the_model_computes(self):
        self.assertEqual(quietly(golden.main, self.files), 0)

    def test_source_names_the_digests(self):
        with open(os.path.join(EMBEDDED, "demo.c"), encoding="utf-8") as file:
            source = file.read()
        self.assertEqual(export.name_digests(source, self.files), source)


if __name__ == "__main__":
    unittest.main()
