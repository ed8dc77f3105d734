import AnimoCheckpoint

/// The detector and the landmark network, operator by operator; the blend-shape network: ``BlendshapeGraph``.
enum FaceGraphs {
    /// BlazeFace, short range: (1, 128, 128, 3) in -1…1 → 896 scores and boxes (Bazarevsky et al. 2019).
    static func detector(_ file: FileBytes, what: String) throws(CheckpointError) -> [String: NamedArray] {
        let size = FaceTensors.detectorSide
        var matcher = try GraphMatcher(file, what: what, inputShape: [1, size, size, 3])
        var side = size / 2
        var value = try matcher.convolution(
            matcher.input, "face.detector.stem", from: 3, to: FaceTensors.detectorStem, side: 5,
            result: (side, side), stride: 2, isSame: true)
        value = try matcher.next(.relu, .value(value))
        var results: [Int] = []
        for (index, block) in FaceTensors.detectorBlocks.enumerated() {
            let name = "face.detector.blocks.\(index)"
            side /= block.stride
            let between = try matcher.convolution(
                value, "\(name).depthwise", kind: .depthwise, from: block.inputs, to: block.inputs, side: 3,
                result: (side, side), stride: block.stride, isSame: true)
            var skip = block.stride > 1 ? try matcher.pool(value) : value
            let sum = try matcher.convolution(
                between, "\(name).pointwise", from: block.inputs, to: block.outputs, side: 1, result: (side, side))
            if block.outputs > block.inputs { skip = try matcher.pad(skip, channels: block.outputs - block.inputs) }
            value = try matcher.add(.value(skip), .value(sum))
            value = try matcher.next(.relu, .value(value))
            results.append(value)
        }
        // All heads come first, then all reshapes, then the joins: scores before boxes in each.
        var raw: [[Int]] = []
        for (leaf, numbers) in [("score", 1), ("boxes", FaceTensors.boxNumbers)] {
            var heads: [Int] = []
            for (index, head) in FaceTensors.detectorHeads.enumerated() {
                heads.append(
                    try matcher.convolution(
                        results[head.block], "face.detector.heads.\(index).\(leaf)", from: head.channels,
                        to: numbers * head.anchors, side: 1, result: (head.side, head.side)))
            }
            raw.append(heads)
        }
        var flat: [[Int]] = []
        for (heads, numbers) in zip(raw, [1, FaceTensors.boxNumbers]) {
            var rows: [Int] = []
            for (head, value) in zip(FaceTensors.detectorHeads, heads) {
                let count = head.side * head.side * head.anchors
                rows.append(try matcher.next(.reshape, .value(value), shape: [1, count, numbers]))
            }
            flat.append(rows)
        }
        var joined: [Int] = []
        for rows in flat {
            joined.append(
                try matcher.next(
                    .concatenation, .value(rows[0]), .value(rows[1]), options: [.integer(0, 1, "axis")]))
        }
        return try matcher.end(joined[1], joined[0])
    }

    /// Face Mesh V2: (1, 256, 256, 3) in 0…1 → 478 points, presence, tongue (Grishchenko et al. 2020).
    static func landmarks(_ file: FileBytes, what: String) throws(CheckpointError) -> [String: NamedArray] {
        let size = FaceTensors.landmarkSide
        var matcher = try GraphMatcher(file, what: what, inputShape: [1, size, size, 3])
        var side = size / 2
        let stem = "face.landmarks.stem"
        var value = try matcher.convolution(
            matcher.input, stem, from: 3, to: FaceTensors.landmarkStem, side: 3, result: (side, side), stride: 2,
            isSame: true)
        value = try matcher.prelu(value, stem, channels: FaceTensors.landmarkStem)
        for (index, block) in FaceTensors.landmarkBlocks.enumerated() {
            let name = "face.landmarks.blocks.\(index)"
            side /= block.stride
            var between = try matcher.convolution(
                value, "\(name).reduce", from: block.inputs, to: block.middle, side: block.stride,
                result: (side, side), stride: block.stride)
            var skip = block.stride > 1 ? try matcher.pool(value) : value
            if block.outputs > block.inputs { skip = try matcher.pad(skip, channels: block.outputs - block.inputs) }
            between = try matcher.prelu(between, "\(name).reduce", channels: block.middle)
            between = try matcher.convolution(
                between, "\(name).depthwise", kind: .depthwise, from: block.middle, to: block.middle, side: 3,
                result: (side, side), isSame: true)
            between = try matcher.convolution(
                between, "\(name).expand", from: block.middle, to: block.outputs, side: 1, result: (side, side))
            value = try matcher.add(.value(skip), .value(between))
            value = try matcher.prelu(value, name, channels: block.outputs)
        }
        var heads: [Int] = []
        for (name, numbers) in FaceTensors.landmarkHeads {
            let channels = FaceTensors.landmarkBlocks.last?.outputs ?? 0
            heads.append(
                try matcher.convolution(
                    value, "face.landmarks.\(name)", from: channels, to: numbers, side: 2, result: (1, 1)))
        }
        let tongue = try matcher.next(.logistic, .value(heads[0]))
        let flat = try matcher.next(.reshape, .value(tongue), .constant([-1, 1], shape: [2]))
        return try matcher.end(heads[2], heads[1], flat)
    }
}
