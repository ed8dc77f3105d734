import AnimoMotion
import AnimoTestSupport
import Testing

@testable import AnimoCheckpoint

@Suite struct CheckpointTests {
    static let containers = ["zip": CheckpointBuilder.smallZip, "legacy": CheckpointBuilder.smallLegacy]

    @Test(arguments: ["zip", "legacy"])
    func resolvesSharedTransposedAndHalfTensors(container: String) throws {
        let bytes = try #require(Self.containers[container])
        let arrays = try CheckpointReader.read(bytes: bytes).arrays
        #expect(arrays.count == 3)
        #expect(try arrays["plain"]?.floats() == [2, 3, 4, 5, 6, 7])
        #expect(try arrays["turned"]?.floats() == [0, 2, 4, 1, 3, 5])
        #expect(try arrays["half"]?.floats() == [1, -2, 0.5])
        let tree = try CheckpointReader.tree(FileBytes(bytes))
        #expect(tree.container.rawValue == container)
        #expect(tree.value(at: "epoch")?.integerValue == 3)
    }

    @Test(arguments: ["zip", "legacy"])
    func refusesEveryTruncation(container: String) throws {
        let bytes = try #require(Self.containers[container])
        for length in 0..<bytes.count {
            #expect(throws: CheckpointError.self) { try CheckpointReader.read(bytes: Array(bytes[..<length])) }
        }
    }

    @Test(arguments: ["zip", "legacy"])
    func survivesTenThousandBitFlips(container: String) throws {
        let bytes = try #require(Self.containers[container])
        var generator = SplitMix64(state: 2)
        var refused = 0
        for _ in 0..<10_000 {
            guard let archive = try? CheckpointReader.read(bytes: bytes.flipped(using: &generator)) else {
                refused += 1
                continue
            }
            for array in archive.arrays.values { #expect(try array.floats().count == array.count) }
        }
        #expect(refused > 1000)
    }

    @Test(arguments: [
        TensorPlan(name: "a", key: "0", storageCount: 9, shape: [9], strides: [1]),
        TensorPlan(name: "a", key: "0", storageCount: 8, offset: 1, shape: [8], strides: [1]),
        TensorPlan(name: "a", key: "0", storageCount: 8, offset: -1, shape: [1], strides: [1]),
        TensorPlan(name: "a", key: "0", storageCount: 8, offset: Int.max, shape: [1], strides: [1]),
        TensorPlan(name: "a", key: "0", storageCount: Int.max, shape: [1], strides: [1]),
        TensorPlan(name: "a", key: "0", storageCount: 8, shape: [1 << 40, 1 << 40], strides: [0, 0]),
        TensorPlan(name: "a", key: "0", storageCount: 8, shape: [1 << 33], strides: [0]),
        TensorPlan(name: "a", key: "0", storageCount: 8, shape: [2, 2], strides: [1]),
        TensorPlan(name: "a", key: "9", storageCount: 8, shape: [1], strides: [1]),
        TensorPlan(name: "a", key: "../0", storageCount: 8, shape: [1], strides: [1]),
        TensorPlan(
            name: "a", key: "0", storageCount: 8, shape: [Int](repeating: 1, count: 17),
            strides: [Int](repeating: 1, count: 17)),
    ])
    func refusesTensorsBeyondTheirStorage(plan: TensorPlan) {
        let zip = CheckpointBuilder.zip(
            CheckpointBuilder.pickle([plan]), storages: [("0", CheckpointBuilder.first)])
        #expect(throws: CheckpointError.self) { try CheckpointReader.read(bytes: zip) }
        let legacy = CheckpointBuilder.legacy(
            CheckpointBuilder.pickle([plan], legacy: true), storages: [("0", 8, CheckpointBuilder.first)])
        #expect(throws: CheckpointError.self) { try CheckpointReader.read(bytes: legacy) }
    }

    /// Other files in a checkpoint's place are rejected with advice.
    static let others: [([UInt8], String)] = [
        (Array("GIF89a".utf8), "a GIF picture"), ([UInt8](repeating: 7, count: 40), "40 bytes of no known kind"),
        ([0x1f, 0x8b] + [UInt8](repeating: 0, count: 40), "a gzip archive: unpack it"),
        (
            Array("<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning".utf8),
            "a web page (HTML): a download page was saved"
        ),
        (Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n".utf8), "git lfs pull"),
        (Array("{\"a\": 1, \"b\": {\"c\": 2}}".utf8), "a JSON file: name the file of weights"),
        (Array("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>".utf8), "an XML file"),
        (Array("GGUF".utf8) + [UInt8](repeating: 1, count: 40), "a GGUF model"),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C] + [UInt8](repeating: 0, count: 40), "a 7z archive: unpack it"),
        ([UInt8](repeating: 0x61, count: 257) + Array("ustar".utf8), "PyTorch before 0.1.10"),
        (CheckpointBuilder.pickle(CheckpointBuilder.plans), "data.pkl out of an unpacked checkpoint"),
        (Array(CheckpointBuilder.smallZip.dropLast(40)), "a ZIP archive that is truncated"),
        (ZipWriter.archive([("readme.txt", [1])]), "no PyTorch checkpoint"),
        (ZipWriter.archive([("a.npy", [1]), ("b.npy", [1])]), "a NumPy archive (.npz)"),
        (
            ZipWriter.archive([("m/data.pkl", [0x80, 2, 0x4e, 0x2e]), ("m/code/__torch__/m.py", [1])]),
            "a TorchScript program"
        ),
    ]

    @Test(arguments: others)
    func whatIsNoCheckpointIsNamed(bytes: [UInt8], words: String) {
        let error = #expect(throws: CheckpointError.self) { try CheckpointReader.readEverything(FileBytes(bytes)) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    /// The same in a model file's place.
    @Test(arguments: others.filter { $0.1 != "40 bytes of no known kind" })
    func whatIsNoModelFileIsNamed(bytes: [UInt8], words: String) {
        let error = #expect(throws: CheckpointError.self) { try Safetensors.read(bytes: bytes) }
        #expect(error?.message.hasPrefix("expected a safetensors file, got a") == true, "\(error?.message ?? "")")
    }

    @Test(arguments: ["zip", "legacy"])
    func checkpointsInAModelFilesPlaceAreToBeConverted(container: String) throws {
        let bytes = try #require(Self.containers[container])
        let error = #expect(throws: CheckpointError.self) { try Safetensors.read(bytes: bytes) }
        #expect(error?.message.contains("a PyTorch checkpoint") == true)
        #expect(error?.message.hasSuffix("animoctl convert makes a model file of it") == true)
    }

    @Test func wholeModulesAreNamed() {
        var writer = PickleWriter()
        writer.op(.emptyDict)
        writer.text("model")
        writer.global("models.networks", "Generator")
        writer.op(.emptyTuple)
        writer.op(.newObject)
        writer.op(.emptyDict)
        for name in ["_modules", "_parameters"] {
            writer.text(name)
            writer.op(.emptyDict)
            writer.op(.setItem)
        }
        writer.op(.build)
        writer.op(.setItem)
        let error = #expect(throws: CheckpointError.self) {
            try CheckpointReader.readEverything(FileBytes(CheckpointBuilder.zip(writer.stop(), storages: [])))
        }
        #expect(error?.message.contains("a whole module (\"models.networks.Generator\")") == true)
        #expect(error?.message.contains("model.state_dict()") == true)
    }

    @Test(arguments: ["zip", "legacy"])
    func tensorsOfOtherKindsArePassedOverByName(container: String) throws {
        var plans = CheckpointBuilder.plans
        plans.append(
            TensorPlan(
                name: "waves", storageType: "ComplexFloatStorage", key: "2", storageCount: 1, shape: [1], strides: [1]))
        let eight = [UInt8](repeating: 0, count: 8)
        let bytes =
            container == "zip"
            ? CheckpointBuilder.zip(
                CheckpointBuilder.pickle(plans),
                storages: [("0", CheckpointBuilder.first), ("1", CheckpointBuilder.second), ("2", eight)])
            : CheckpointBuilder.legacy(
                CheckpointBuilder.pickle(plans, legacy: true),
                storages: [("0", 8, CheckpointBuilder.first), ("1", 3, CheckpointBuilder.second), ("2", 1, eight)])
        let archive = try CheckpointReader.readEverything(FileBytes(bytes))
        #expect(archive.arrays.count == 3)
        #expect(archive.unread == ["state_dict.waves": "ComplexFloat"])
    }
}

@Suite(.enabled(if: Fixtures.available, "needs ../shared"))
struct PublishedCheckpointTests {
    static func tree(_ name: String) throws -> Checkpoint {
        try CheckpointReader.tree(path: try #require(Fixtures.url(name)).path)
    }

    @Test func bothContainersHoldTheSameArrays() throws {
        let zip = try Self.tree("animo-small.ckpt")
        let legacy = try Self.tree("animo-small-legacy.pth")
        #expect(zip.container == .zip && legacy.container == .legacy)
        let first = try zip.stateDictionary()
        let second = try legacy.stateDictionary()
        #expect(first.keys.sorted() == second.keys.sorted())
        #expect(first.count > 600)
        for (name, array) in first {
            #expect(try array.holdsTheSame(as: second[name]))
        }
    }

    @Test func unknownClassesAreKeptInert() throws {
        let callbacks = try #require(try Self.tree("animo-small.ckpt").value(at: "callbacks"))
        let text = String(reflecting: callbacks)
        #expect(text.contains("utils.callbacks.CheckpointEveryNEpochs"))
    }

    @Test(arguments: [
        ("families/pirender-small.pt", ["net_G_ema"], 300), ("families/edtn-anime-small.ckpt", ["state_dict"], 600),
        ("families/fomm-small.pth.tar", ["generator"], 100), ("families/fomm-small.pth.tar", ["kp_detector"], 50),
        ("families/lpd-small.pth", ["running_averages", "embedder"], 0),
        ("families/deep3d-small.pth", ["net_recon"], 300), ("families/deca-small.tar", ["E_flame"], 300),
    ])
    func readsTheOtherFamilies(file: String, path: [String], atLeast: Int) throws {
        let tree = try Self.tree(file)
        var value: CheckpointValue? = tree.root
        for key in path { value = value?[key] }
        let dictionary = try #require(value?.dictionaryValue)
        #expect(dictionary.arrays.count >= atLeast)
        for array in dictionary.arrays.values { #expect(try array.floats().count == array.count) }
        #expect(try tree.stateDictionary().count >= atLeast)
    }

    @Test func attributesOfUnknownClassesCanBeLookedAt() throws {
        let arguments = try #require(try Self.tree("families/lpd-small.pth").value(at: "args")?.objectValue)
        #expect(arguments.typeName == "argparse.Namespace")
        #expect(arguments.state?.dictionaryValue?.names.isEmpty == false)
        #expect(String(reflecting: arguments).contains("pathlib.PosixPath"))
    }

    @Test func readsARealBareStateDictionary() throws {
        let arrays = try Self.tree("real/EDTN.pt").stateDictionary()
        #expect(arrays.count == 8)
        #expect(arrays["main.0.weight"]?.shape.count == 2)
        #expect(arrays.values.allSatisfy { $0.isFinite && $0.elementType == .float32 })
    }
}
