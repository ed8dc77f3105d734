import AnimoCheckpoint

/// The canonical face: a mesh of 468 vertices in centimetres and the weights of those that tell a head's pose
/// (MediaPipe, tasks/cc/vision/face_geometry/proto).
enum CanonicalFace {
    /// Numbers of a vertex in the file: x, y, z, u, v.
    private static let vertexNumbers = 5

    /// `face.canonical.vertices` (468, 3) and `face.canonical.weights` (468), 0 where the file gives none.
    static func tensors(_ file: FileBytes, what: String) throws(CheckpointError) -> [String: NamedArray] {
        try file.withUnsafeBytes { (raw) throws(CheckpointError) in
            var mesh: UnsafeRawBufferPointer?
            let count = FaceTensors.canonicalVertices
            var weights = [Float](repeating: 0, count: count)
            var fields = ProtobufFields(raw, reading: what)
            while let (number, value) = try fields.next() {
                guard number == 1 || number == 2 else { continue }
                guard case .bytes(let bytes) = value else {
                    throw CheckpointError(.malformed, "\(what): field \(number): expected a message")
                }
                if number == 2 {
                    let (vertex, weight) = try self.weight(bytes, what)
                    weights[vertex] = weight
                } else {
                    guard mesh == nil else { throw CheckpointError(.malformed, "\(what): expected one mesh, got two") }
                    mesh = bytes
                }
            }
            guard let mesh else { throw CheckpointError(.malformed, "\(what): expected one mesh, got none") }
            let vertices = try self.vertices(mesh, what)
            guard (vertices + weights).allSatisfy(\.isFinite), weights.allSatisfy({ $0 >= 0 }),
                weights.contains(where: { $0 > 0 })
            else {
                throw CheckpointError(
                    .malformed, "\(what): expected finite vertices and weights, none negative, some above zero")
            }
            return [
                "face.canonical.vertices": NamedArray(
                    name: "face.canonical.vertices", shape: [count, 3], floats: vertices),
                "face.canonical.weights": NamedArray(name: "face.canonical.weights", shape: [count], floats: weights),
            ]
        }
    }

    /// Field 3 of the mesh: floats one by one, as published, or packed.
    private static func vertices(_ mesh: UnsafeRawBufferPointer, _ what: String) throws(CheckpointError) -> [Float] {
        let expected = FaceTensors.canonicalVertices * vertexNumbers
        var numbers: [Float] = []
        var fields = ProtobufFields(mesh, reading: what)
        while let (number, value) = try fields.next() {
            guard number == 3, case .bytes(let bytes) = value else { continue }
            guard bytes.count.isMultiple(of: 4), bytes.count / 4 <= expected - numbers.count else {
                throw CheckpointError(
                    .malformed,
                    "\(what): expected \(FaceTensors.canonicalVertices) vertices of \(vertexNumbers) numbers, got more")
            }
            for place in stride(from: 0, to: bytes.count, by: 4) {
                let bits = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
                numbers.append(Float(bitPattern: bits))
            }
        }
        guard numbers.count == expected else {
            throw CheckpointError(
                .truncated,
                "\(what): cut short: expected \(FaceTensors.canonicalVertices) vertices of \(vertexNumbers) numbers, "
                    + "got \(numbers.count) numbers")
        }
        return numbers.indices.filter { $0 % vertexNumbers < 3 }.map { numbers[$0] }
    }

    /// {1: vertex, 2: weight}
    private static func weight(
        _ entry: UnsafeRawBufferPointer, _ what: String
    ) throws(CheckpointError) -> (vertex: Int, weight: Float) {
        var vertex: Int?
        var weight: Float?
        var fields = ProtobufFields(entry, reading: what)
        while let (number, value) = try fields.next() {
            switch (number, value) {
            case (1, .varint(let value)): vertex = Int(exactly: value)
            case (2, .bytes(let bytes)) where bytes.count == 4:
                weight = Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
            default: continue
            }
        }
        guard let vertex, let weight, vertex < FaceTensors.canonicalVertices else {
            throw CheckpointError(
                .malformed,
                "\(what): a weight: expected a vertex below \(FaceTensors.canonicalVertices) and a number")
        }
        return (vertex, weight)
    }
}
