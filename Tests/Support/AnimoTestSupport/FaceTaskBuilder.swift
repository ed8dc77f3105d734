/// Writes `face_landmarker.task` files: the published graphs with seeded weights, which find no faces, or with heads
/// that see the same face in every picture.
package struct FaceTaskBuilder: Sendable {
    package static let members = [
        "face_detector.tflite", "face_landmarks_detector.tflite", "face_blendshapes.tflite",
        "geometry_pipeline_metadata_landmarks.binarypb",
    ]

    private var random: UInt64
    /// What the heads say whatever they are shown; nil where their weights are seeded as all others.
    private let face: FixedFace?

    /// The three networks, to be changed by tests before ``task`` is written.
    package var detector = TFLiteBuilder()
    package var landmarks = TFLiteBuilder()
    package var blendshapes = TFLiteBuilder()
    /// The canonical face's message.
    package var canonical: [UInt8]

    /// - Parameter seesFace: whether one face is seen in every picture, in the middle, as large as half of it, with
    ///   closed eyes.
    package init(seed: UInt64, seesFace: Bool = false) {
        random = seed
        face = seesFace ? FixedFace() : nil
        canonical = Self.canonicalFace()
        buildDetector()
        buildLandmarks()
        buildBlendshapes()
    }

    /// Contents of the members, in the order of ``members``.
    package var contents: [[UInt8]] { [detector.file, landmarks.file, blendshapes.file, canonical] }

    package var task: [UInt8] {
        ZipBuilder(zip(Self.members, contents).map { ZipBuilder.Member($0, $1, isDeflated: true) }).archive
    }

    /// Small float16 numbers, none of them infinite: exponents of 2⁻⁴, either sign.
    private mutating func numbers(_ shape: [Int]) -> [UInt8] {
        let count = shape.reduce(1, *)
        return [UInt8](unsafeUninitializedCapacity: 2 * count) { room, filled in
            for index in 0..<count {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                room[2 * index] = UInt8(truncatingIfNeeded: random >> 32)
                room[2 * index + 1] = UInt8(truncatingIfNeeded: random >> 40) & 0x83 | 0x2c
            }
            filled = 2 * count
        }
    }

    /// A network that is being built: the builder with the weights' numbers.
    private struct Network {
        var builder: TFLiteBuilder
        var owner: FaceTaskBuilder

        mutating func weights(_ shape: [Int]) -> Int { builder.weights(owner.numbers(shape), shape) }

        mutating func convolution(
            _ input: Int, from: Int, to: Int, side: Int, result: (Int, Int), stride: Int = 1, isSame: Bool = true,
            isDepthwise: Bool = false, hasReLU: Bool = false, saying values: [Float]? = nil
        ) -> Int {
            let shape = isDepthwise ? [1, side, side, from] : [to, side, side, from]
            let filter: Int
            let bias: Int
            if let values {
                filter = builder.weights([UInt8](repeating: 0, count: 2 * shape.reduce(1, *)), shape)
                bias = builder.weights(values.flatMap { littleEndian(Float16($0).bitPattern) }, [to])
            } else {
                filter = weights(shape)
                bias = weights([to])
            }
            let step = FlatValue.int32(Int32(stride))
            var options: [Int: FlatValue] = [0: .int8(isSame ? 0 : 1), 1: step, 2: step]
            if isDepthwise { options[3] = .int32(1) }
            options[isDepthwise ? 4 : 3] = .int8(hasReLU ? 1 : 0)
            return builder.add(
                isDepthwise ? .depthwiseConv2D : .conv2D, [input, filter, bias], [1, result.0, result.1, to],
                options: options)
        }

        mutating func prelu(_ input: Int, side: Int, channels: Int) -> Int {
            builder.add(.prelu, [input, weights([1, 1, channels])], [1, side, side, channels])
        }

        /// The term that is added to a block's result: its input, made smaller and given more channels.
        mutating func skip(_ input: Int, from: Int, to: Int, side: Int, stride: Int) -> Int {
            var value = input
            if stride > 1 {
                let two = FlatValue.int32(2)
                value = builder.add(
                    .maxPool2D, [value], [1, side, side, from], options: [1: two, 2: two, 3: two, 4: two])
            }
            if to > from { value = pad(value, side: side, to: to, more: to - from) }
            return value
        }

        mutating func pad(_ input: Int, side: Int, to: Int, more: Int) -> Int {
            let paddings = builder.constant([0, 0, 0, 0, 0, 0, 0, Int32(more)], [4, 2])
            return builder.add(.pad, [input, paddings], [1, side, side, to])
        }
    }

    private mutating func build(
        _ path: WritableKeyPath<FaceTaskBuilder, TFLiteBuilder>, _ body: (inout Network) -> Void
    ) {
        var network = Network(builder: TFLiteBuilder(), owner: self)
        body(&network)
        random = network.owner.random
        self[keyPath: path] = network.builder
    }

    private mutating func buildDetector() {
        let channels = [24, 24, 28, 32, 36, 42, 48, 56, 64, 72, 80, 88, 96, 96, 96, 96, 96]
        build(\.detector) { network in
            let input = network.builder.value([1, 128, 128, 3])
            var side = 64
            var value = network.convolution(input, from: 3, to: 24, side: 5, result: (64, 64), stride: 2)
            value = network.builder.add(.relu, [value], [1, 64, 64, 24])
            var results: [Int] = []
            for (index, (from, to)) in zip(channels, channels.dropFirst()).enumerated() {
                let stride = [2, 5, 11].contains(index) ? 2 : 1
                side /= stride
                let place = (side, side)
                let between = network.convolution(
                    value, from: from, to: from, side: 3, result: place, stride: stride, isDepthwise: true)
                // The pool comes before the pointwise convolution, the padding after it.
                let skip = network.skip(value, from: from, to: from, side: side, stride: stride)
                let sum = network.convolution(between, from: from, to: to, side: 1, result: place)
                let padded = to > from ? network.pad(skip, side: side, to: to, more: to - from) : skip
                value = network.builder.add(.add, [padded, sum], [1, side, side, to], options: [0: .int8(0)])
                value = network.builder.add(.relu, [value], [1, side, side, to])
                results.append(value)
            }
            let heads = [(results[10], 16, 2, 88), (results[15], 8, 6, 96)]
            let raw = [1, 16].map { numbers in
                heads.map { value, side, anchors, channels in
                    network.convolution(
                        value, from: channels, to: anchors * numbers, side: 1, result: (side, side),
                        saying: network.owner.face?.detections(anchors: anchors, numbers: numbers))
                }
            }
            let flat = zip(raw, [1, 16]).map { values, numbers in
                zip(values, heads).map { value, head in
                    network.builder.add(.reshape, [value], [1, head.1 * head.1 * head.2, numbers])
                }
            }
            let joined = zip(flat, [1, 16]).map { values, numbers in
                network.builder.add(.concatenation, values, [1, 896, numbers], options: [0: .int32(1)])
            }
            network.builder.inputs = [Int32(input)]
            network.builder.outputs = [Int32(joined[1]), Int32(joined[0])]
        }
    }

    private mutating func buildLandmarks() {
        let stages = [(16, 16, 32), (32, 32, 64), (64, 64, 128), (128, 64, 128), (128, 64, 128), (128, 64, 128)]
        var blocks = Array(repeating: (16, 8, 16, 1), count: 4)
        for (from, middle, to) in stages {
            blocks += [(from, middle, to, 2)] + Array(repeating: (to, middle, to, 1), count: 4)
        }
        build(\.landmarks) { network in
            let input = network.builder.value([1, 256, 256, 3])
            var side = 128
            var value = network.convolution(input, from: 3, to: 16, side: 3, result: (128, 128), stride: 2)
            value = network.prelu(value, side: side, channels: 16)
            for (from, middle, to, stride) in blocks {
                side /= stride
                let place = (side, side)
                var between = network.convolution(
                    value, from: from, to: middle, side: stride, result: place, stride: stride, isSame: stride == 1)
                let skip = network.skip(value, from: from, to: to, side: side, stride: stride)
                between = network.prelu(between, side: side, channels: middle)
                between = network.convolution(
                    between, from: middle, to: middle, side: 3, result: place, isDepthwise: true)
                between = network.convolution(between, from: middle, to: to, side: 1, result: place)
                value = network.builder.add(.add, [skip, between], [1, side, side, to], options: [0: .int8(0)])
                value = network.prelu(value, side: side, channels: to)
            }
            let heads = [1, 1, 1434].map { numbers in
                network.convolution(
                    value, from: 128, to: numbers, side: 2, result: (1, 1), isSame: false,
                    saying: network.owner.face.map { numbers == 1 ? [10] : $0.points })
            }
            let tongue = network.builder.add(.logistic, [heads[0]], [1, 1, 1, 1])
            let shape = network.builder.constant([-1, 1], [2])
            let flat = network.builder.add(.reshape, [tongue, shape], [1, 1])
            network.builder.inputs = [Int32(input)]
            network.builder.outputs = [heads[2], heads[1], flat].map(Int32.init)
        }
    }

    private mutating func buildBlendshapes() {
        build(\.blendshapes) { network in
            let input = network.builder.value([1, 146, 2])
            var mixer = MixerBuilder(network: network)
            let output = mixer.build(from: input)
            network = mixer.network
            network.builder.inputs = [Int32(input)]
            network.builder.outputs = [Int32(output)]
        }
    }

    /// The blend-shape network's operators.
    private struct MixerBuilder {
        var network: Network

        mutating func build(from input: Int) -> Int {
            let halfBits: [UInt8] = [0x00, 0x38]
            var value = centred(input)
            value = op(.reshape, [value, constant([1, 1, 146, 2])], [1, 1, 146, 2])
            value = op(
                .stridedSlice, [value, constant([0, 0, 0, 0]), constant([0, 1, 146, 2]), constant([1, 1, 1, 1])],
                [1, 1, 146, 2])
            value = op(.mul, [value, network.builder.weights(halfBits, [])], [1, 1, 146, 2])
            value = turned(value, [1, 1, 2, 146])
            value = turned(
                network.convolution(value, from: 146, to: 96, side: 1, result: (1, 2)), [1, 1, 96, 2])
            value = network.convolution(value, from: 2, to: 64, side: 1, result: (1, 96))
            let token = network.weights([1, 1, 1, 64])
            value = op(.concatenation, [token, value], [1, 1, 97, 64], [0: .int32(-2)])
            for _ in 0..<4 { value = block(value) }
            for count in [2, 1] {
                value = op(
                    .stridedSlice,
                    [value, constant([0, 0, 0, 0]), constant([0, 0, Int32(count), 0]), constant([1, 1, 1, 1])],
                    [1, 1, count, 64])
            }
            value = network.convolution(
                value, from: 64, to: 52, side: 1, result: (1, 1), saying: network.owner.face?.shapes)
            value = op(.logistic, [value], [1, 1, 1, 52])
            value = op(.reshape, [value, constant([1, 52])], [1, 52])
            return op(.stridedSlice, [value, constant([0, 0]), constant([1, 52]), constant([1, 1])], [52])
        }

        private mutating func centred(_ input: Int) -> Int {
            let axis = network.builder.constant([-2], [])
            var value = mean(input, axis, [1, 1, 2])
            value = op(.sub, [input, value], [1, 146, 2])
            let square = op(.mul, [value, value], [1, 146, 2])
            let sum = op(.sum, [square, constant([-1])], [1, 146, 1], [0: .int8(1)])
            let length = mean(op(.sqrt, [sum], [1, 146, 1]), axis, [1, 1, 1])
            return op(.div, [value, length], [1, 146, 2])
        }

        private mutating func block(_ input: Int) -> Int {
            var value = turned(norm(input), [1, 1, 64, 97])
            value = network.convolution(value, from: 97, to: 384, side: 1, result: (1, 64), hasReLU: true)
            value = network.convolution(value, from: 384, to: 97, side: 1, result: (1, 64))
            let sum = op(.add, [turned(value, [1, 1, 97, 64]), input], [1, 1, 97, 64])
            value = network.convolution(norm(sum), from: 64, to: 256, side: 1, result: (1, 97), hasReLU: true)
            value = network.convolution(value, from: 256, to: 64, side: 1, result: (1, 97))
            return op(.add, [value, sum], [1, 1, 97, 64])
        }

        private mutating func norm(_ input: Int) -> Int {
            let axis = constant([3])
            let whole = [1, 1, 97, 64]
            let centre = mean(input, axis, [1, 1, 97, 1])
            let minus = op(.neg, [centre], [1, 1, 97, 1])
            let variance = mean(op(.squaredDifference, [input, centre], whole), axis, [1, 1, 97, 1])
            // 10⁻⁶ as float16 has it.
            let smallest = network.builder.weights([0x11, 0x00], [])
            let rate = op(.rsqrt, [op(.add, [variance, smallest], [1, 1, 97, 1])], [1, 1, 97, 1])
            let scale = op(.mul, [rate, network.weights([64])], whole)
            let scaled = op(.mul, [input, scale], whole)
            return op(.add, [scaled, op(.mul, [minus, scale], whole)], whole)
        }

        private mutating func op(
            _ kind: TFLiteBuilder.Kind, _ inputs: [Int], _ shape: [Int], _ options: [Int: FlatValue] = [:]
        ) -> Int {
            network.builder.add(kind, inputs, shape, options: options)
        }

        private mutating func mean(_ input: Int, _ axis: Int, _ shape: [Int]) -> Int {
            op(.mean, [input, axis], shape, [0: .int8(1)])
        }

        private mutating func turned(_ input: Int, _ shape: [Int]) -> Int {
            op(.transpose, [input, constant([0, 1, 3, 2])], shape)
        }

        private mutating func constant(_ numbers: [Int32]) -> Int {
            network.builder.constant(numbers, [numbers.count])
        }
    }

    /// The middles of the face's vertices, in centimetres: a dome, but for the nose's tip and the eyes' outer corners.
    private static func vertex(_ index: Int) -> SIMD3<Float> {
        switch index {
        case 4: return SIMD3(0, -1, 7)
        case 33: return SIMD3(-4.5, 2.5, 3)
        case 263: return SIMD3(4.5, 2.5, 3)
        default:
            let (column, row) = (Float(index % 26) / 25 - 0.5, Float(index / 26) / 17 - 0.5)
            return SIMD3(14 * column, 18 * row, 5 - 8 * (column * column + row * row))
        }
    }

    /// 468 vertices, one float after the other, and weights of three of them.
    private static func canonicalFace() -> [UInt8] {
        var mesh: [UInt8] = []
        for index in 0..<468 {
            let vertex = vertex(index)
            for number in [vertex.x, vertex.y, vertex.z, vertex.x / 14 + 0.5, vertex.y / 18 + 0.5] {
                mesh += [3 << 3 | 5] + littleEndian(number.bitPattern)
            }
        }
        var message = [1 << 3 | 2] + varint(mesh.count) + mesh
        for (vertex, weight) in [(4, Float(0.07)), (33, 0.06), (263, 0.06)] {
            let entry = [1 << 3] + varint(vertex) + [2 << 3 | 5] + littleEndian(weight.bitPattern)
            message += [2 << 3 | 2] + varint(entry.count) + entry
        }
        return message
    }

    private static func varint(_ number: Int) -> [UInt8] {
        var (rest, bytes) = (number, [UInt8]())
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    /// Biases of heads that say the same of every picture.
    private struct FixedFace {
        /// Logits of the scores, or places and sizes in pixels of 128, of each anchor of a cell. The first anchor of a
        /// coarse cell alone sees something, half a picture large and near the picture's middle if seen from the first
        /// cell.
        func detections(anchors: Int, numbers: Int) -> [Float] {
            let isCoarse = anchors == 6
            return (0..<anchors).flatMap { anchor -> [Float] in
                guard numbers > 1 else { return [isCoarse && anchor == 0 ? 4 : -10] }
                let shift: Float = 48
                let keypoints: [Float] = [-12, -8, 12, -8, 0, 0, 0, 12, -24, -4, 24, -4]
                return [shift, shift, 64, 64] + keypoints.map { $0 + shift }
            }
        }

        /// (478 · 3), pixels of 256: the canonical face as large as its region has it, looking straight at the viewer.
        var points: [Float] {
            (0..<478).flatMap { index -> [Float] in
                // The irises lie behind the vertices.
                let vertex =
                    index < 468 ? FaceTaskBuilder.vertex(index) : FaceTaskBuilder.vertex(index < 473 ? 33 : 263)
                let scale: Float = 256 / 1.5 / 18
                return [128 + scale * vertex.x, 128 - scale * vertex.y, -scale * vertex.z]
            }
        }

        /// Logits of the blend shapes: eyeBlinkLeft and eyeBlinkRight alone.
        var shapes: [Float] { (0..<52).map { $0 == 9 || $0 == 10 ? 6 : -10 } }
    }
}
