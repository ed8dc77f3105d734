import AnimoTestSupport
import Testing

@testable import AnimoCheckpoint

@Suite struct TFLiteGraphTests {
    /// A convolution of two channels, and what a test changes of it.
    static func model(_ change: (inout TFLiteBuilder) -> Void = { _ in }) -> [UInt8] {
        var builder = TFLiteBuilder()
        let input = builder.value([1, 2, 2, 1])
        // 1, 2 and 0.5, -1 in half precision.
        let filter = builder.weights([0x00, 0x3c, 0x00, 0x40], [2, 1, 1, 1])
        let bias = builder.weights([0x00, 0x38, 0x00, 0xbc], [2])
        let value = builder.add(
            .conv2D, [input, filter, bias], [1, 2, 2, 2], options: [0: .int8(1), 1: .int32(1), 2: .int32(1)])
        let output = builder.add(.reshape, [value, builder.constant([1, 8], [2])], [1, 8])
        (builder.inputs, builder.outputs) = ([Int32(input)], [Int32(output)])
        change(&builder)
        return builder.file
    }

    static func graph(_ bytes: [UInt8]) throws(CheckpointError) -> TFLiteGraph {
        try TFLiteGraph(FileBytes(bytes), what: "net.tflite")
    }

    @Test("Operators are listed in order, and widened constants are read where they are used")
    func reads() throws {
        let graph = try Self.graph(Self.model())
        #expect(graph.operators.map(\.kind) == [.conv2D, .reshape])
        let convolution = try #require(graph.operators.first)
        #expect(convolution.inputs.count == 3 && convolution.inputs[0] == graph.inputs[0])
        let filter = try #require(graph.constants[convolution.inputs[1]])
        #expect(filter.shape == [2, 1, 1, 1] && filter.elementType == .float16)
        #expect(try filter.floats() == [1, 2])
        #expect(try graph.constants[convolution.inputs[2]]?.floats() == [0.5, -1])
        #expect(try convolution.options?.number(0, default: Int8(0)) == 1)
        #expect(try convolution.options?.number(1, default: Int32(0)) == 1)
        #expect(try convolution.options?.number(9, default: Int32(7)) == 7)
        #expect(graph.shapes[convolution.output] == [1, 2, 2, 2])
        #expect(graph.outputs == [graph.operators[1].output])
    }

    @Test("A fault is named with what was expected")
    func faults() {
        let faults: [((inout TFLiteBuilder) -> Void, String)] = [
            ({ $0.version = 2 }, "expected schema version 3, got 2"),
            (
                {
                    $0.codes[0][3] = .int32(32); $0.codes[0][0] = .int8(32)
                }, "operator 0 is of kind 32"
            ),
            ({ $0.operators[0][0] = .uint32(9) }, "operator 0 names code 9 of 3"),
            ({ $0.operators[2][1] = .integers([0, -1]) }, "operator 2 names tensors that are not there"),
            ({ $0.operators[2][1] = .integers([0, 99]) }, "operator 2 names tensors that are not there"),
            ({ $0.operators[2][2] = .integers([]) }, "operator 2 names tensors that are not there"),
            ({ $0.operators[2][1] = .integers(Array(repeating: 0, count: 9)) }, "expected at most 8, got 9"),
            ({ $0.operators[0][1] = .integers([0]) }, "DEQUANTIZE: expected a constant"),
            ({ $0.outputs = [77] }, "the graph names tensors"),
            ({ $0.tensors[1][0] = .integers([-2, 1, 1, 1]) }, "got shape [-2, 1, 1, 1]"),
            ({ $0.tensors[1][0] = .integers([1 << 20, 1 << 20, 1 << 20, 1 << 20]) }, "at most 16777216 numbers"),
            ({ $0.tensors[1][0] = .integers([1 << 21]) }, "got shape [2097152]"),
            ({ $0.tensors[1][0] = .integers([1, 1, 1, 1, 1]) }, "sides of tensor 1: expected at most 4"),
            ({ $0.tensors[1][0] = .integers([3, 1, 1, 1]) }, "tensor 1: expected 6 bytes for shape"),
            ({ $0.tensors[1][1] = .int8(9) }, "got element type 9"),
            ({ $0.tensors[1][2] = .uint32(9) }, "tensor 1 names buffer 9 of 4"),
            ({ $0.tensors[1][6] = .table([:]) }, "got a sparse one"),
            ({ $0.buffers[1][1] = .uint32(1) }, "expected its data inside the FlatBuffer"),
            ({ $0.tensors = Array(repeating: [:], count: 4097) }, "expected at most 4096 tensors, got 4097"),
        ]
        for (change, words) in faults {
            let error = #expect(throws: CheckpointError.self) { try Self.graph(Self.model(change)) }
            let message = error?.message ?? ""
            #expect(message.hasPrefix("net.tflite: ") && message.contains(words), "\(words) in \(message)")
        }
        let error = #expect(throws: CheckpointError.self) { try Self.graph(Array(repeating: 0, count: 64)) }
        #expect(error?.message.contains("expected a TFLite file") == true)
    }

    @Test("Offsets, layouts and lengths that lead outside are refused")
    func places() {
        let bytes = Self.model()
        // The root table follows its layout; its offset stands in the first four bytes.
        let root = Int(bytes[0]) | Int(bytes[1]) << 8
        let changes: [(Int, [UInt8], String)] = [
            (0, [0xff, 0xff, 0xff, 0x7f], "leads outside the file"), (root, [0xff, 0xff, 0, 0], "outside the file"),
            (root, [0, 0, 0, 0x80], "layout of the table"),
            // The vector of operator codes: its offset, then its count.
            (root + 8, [0xff, 0xff, 0xff, 0xff], "leads outside the file"), (root + 8, [0, 0, 0, 0], "is zero"),
        ]
        for (place, value, words) in changes {
            var changed = bytes
            changed.replaceSubrange(place..<place + 4, with: value)
            let error = #expect(throws: CheckpointError.self) { try Self.graph(changed) }
            #expect(error?.message.contains(words) == true, "\(words) in \(error?.message ?? "")")
        }
        let codes = root + 8 + Int(bytes[root + 8])
        var long = bytes
        long.replaceSubrange(codes..<codes + 4, with: [0xff, 0xff, 0xff, 0xff])
        let error = #expect(throws: CheckpointError.self) { try Self.graph(long) }
        #expect(error?.message.contains("a vector at byte \(codes) is longer than the file") == true)
    }

    @Test("Cut at any byte, or with any bit turned over, it is read or refused")
    func damage() {
        let bytes = Self.model()
        for end in bytes.indices { _ = try? Self.graph(Array(bytes[..<end])) }
        for place in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[place] ^= 1 << UInt8(bit)
                guard let graph = try? Self.graph(flipped) else { continue }
                for constant in graph.constants.values { #expect((try? constant.floats())?.count == constant.count) }
            }
        }
    }
}
