"""What the recipe promises. Run in this folder: python3 -m unittest"""

import contextlib
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

from animo import export, golden, model_file, rig, samples, train, train_estimator
from animo.estimator import Estimator
from animo.networks import CONFIGS, AniMo
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
            for name, picture in named.items():
                stored = Image.open(os.path.join(EMBEDDED, "model", "samples", f"{name}.png"))
                difference = numpy.asarray(stored).astype(int) - to_bytes(picture)
                self.assertLessEqual(abs(difference).max(), 1, name)


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

    def phase(self, options):
        """A phase of a small run that sees the same pairs at every step."""
        command = f"--out {self.folder} --size 64 --batch 4 --lr 2e-3 {options}"
        phase = train.Phase(train.parse(command.split()))
        pairs = {domain: phase.pairs.draw(4, 64, domain) for domain in rig.DOMAINS}
        phase.pairs.draw = lambda n, size, domain: dict(pairs[domain])
        return phase

    def train(self, phase):
        """Trains to the end; the losses of the first step and of the last."""
        losses = []
        while phase.schedule.share < 1:
            phase.means.clear()
            phase.step()
            losses.append(dict(phase.means))
        return losses[0], losses[-1]


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
