/// Sizes of the tracker's three networks, as Google publishes them, and the tensors of the part `face`: the reader of
/// the published files, the model file's check and the networks all read this list.
package enum FaceTensors {
    /// Prefix of the names of all its tensors.
    package static let prefix = "face."
    /// Prefix of those that are measured with, and never rounded to half precision.
    package static let canonicalPrefix = "face.canonical."

    /// A block of the detector: depthwise 3×3, pointwise, and the block's input added.
    package struct DetectorBlock: Sendable, Equatable {
        /// Input channels.
        package let inputs: Int
        /// Output channels.
        package let outputs: Int
        /// 2 where it halves the side.
        package let stride: Int

        /// Creates one from its fields.
        init(_ inputs: Int, _ outputs: Int, stride: Int = 1) {
            (self.inputs, self.outputs, self.stride) = (inputs, outputs, stride)
        }
    }

    /// A block of the landmark network: reduce, depthwise 3×3, expand, and the block's input added.
    package struct LandmarkBlock: Sendable, Equatable {
        /// Input channels.
        package let inputs: Int
        /// Channels between reduction and expansion.
        package let middle: Int
        /// Output channels.
        package let outputs: Int
        /// 2 where it halves the side.
        package let stride: Int

        /// Creates one from its fields.
        init(_ inputs: Int, _ middle: Int, _ outputs: Int, stride: Int = 1) {
            (self.inputs, self.middle, self.outputs, self.stride) = (inputs, middle, outputs, stride)
        }
    }

    /// A pair of 1×1 convolutions of the detector, for scores and for boxes.
    package struct DetectorHead: Sendable, Equatable {
        /// The block whose result it reads.
        package let block: Int
        /// Cells on a side of its grid.
        package let side: Int
        /// Input channels.
        package let channels: Int
        /// Boxes at each place of the grid.
        package let anchors: Int
    }

    /// Sides of the pictures that the detector and the landmark network read.
    package static let (detectorSide, landmarkSide) = (128, 256)
    /// Channels behind the stems.
    package static let (detectorStem, landmarkStem) = (24, 16)
    /// Numbers of a box: centre, size and six points.
    package static let boxNumbers = 16
    /// Landmarks of a face, those of the irises among them.
    package static let landmarkCount = 478
    /// Vertices of the canonical face, which are landmarks 0 to 467.
    package static let canonicalVertices = 468

    /// Blocks of the detector, behind its stem.
    package static let detectorBlocks: [DetectorBlock] =
        [
            .init(24, 24), .init(24, 28), .init(28, 32, stride: 2), .init(32, 36), .init(36, 42),
            .init(42, 48, stride: 2), .init(48, 56), .init(56, 64), .init(64, 72), .init(72, 80), .init(80, 88),
            .init(88, 96, stride: 2),
        ] + Array(repeating: .init(96, 96), count: 4)

    /// Heads of the detector: two boxes a cell on 16×16 cells, six on 8×8.
    package static let detectorHeads: [DetectorHead] = [
        .init(block: 10, side: 16, channels: 88, anchors: 2), .init(block: 15, side: 8, channels: 96, anchors: 6),
    ]

    /// Blocks of the landmark network, behind its stem.
    package static let landmarkBlocks: [LandmarkBlock] =
        Array(repeating: .init(16, 8, 16), count: 4) + stage(16, 16, 32) + stage(32, 32, 64) + stage(64, 64, 128)
        + stage(128, 64, 128) + stage(128, 64, 128) + stage(128, 64, 128)

    /// The heads of the landmark network, 2×2 convolutions of what is left of the picture, with their numbers.
    package static let landmarkHeads = [("tongue", 1), ("presence", 1), ("points", 3 * landmarkCount)]

    /// The blend-shape network, a mixer: points it reads, their pairs behind the first layer, tokens (the pairs and
    /// one more), channels, and what lies between the two layers over tokens and over channels.
    package static let (
        blendshapePoints, blendshapePairs, blendshapeTokens, blendshapeChannels, tokensMiddle, channelsMiddle
    ) = (146, 96, 97, 64, 384, 256)
    /// Mixer blocks of the blend-shape network, and the coefficients that it tells.
    package static let (blendshapeBlocks, blendshapeCount) = (4, 52)

    /// A block that halves the side, and four that do not.
    private static func stage(_ inputs: Int, _ middle: Int, _ outputs: Int) -> [LandmarkBlock] {
        [.init(inputs, middle, outputs, stride: 2)]
            + Array(repeating: .init(outputs, middle, outputs), count: 4)
    }

    /// Names and shapes of all tensors.
    package static let shapes: TensorShapes = detector.merging(landmarks) { first, _ in first }
        .merging(blendshapes) { first, _ in first }.merging(canonical) { first, _ in first }

    private static var detector: TensorShapes {
        var shapes: TensorShapes = [:]
        shapes.add(convolution: "face.detector.stem", from: 3, to: detectorStem, side: 5)
        for (index, block) in detectorBlocks.enumerated() {
            let name = "face.detector.blocks.\(index)"
            shapes.add(convolution: "\(name).depthwise", from: 1, to: block.inputs, side: 3)
            shapes.add(convolution: "\(name).pointwise", from: block.inputs, to: block.outputs, side: 1)
        }
        for (index, head) in detectorHeads.enumerated() {
            let name = "face.detector.heads.\(index)"
            shapes.add(convolution: "\(name).score", from: head.channels, to: head.anchors, side: 1)
            shapes.add(convolution: "\(name).boxes", from: head.channels, to: boxNumbers * head.anchors, side: 1)
        }
        return shapes
    }

    private static var landmarks: TensorShapes {
        var shapes: TensorShapes = [:]
        shapes.add(convolution: "face.landmarks.stem", from: 3, to: landmarkStem, side: 3)
        shapes["face.landmarks.stem.slope"] = [landmarkStem]
        for (index, block) in landmarkBlocks.enumerated() {
            let name = "face.landmarks.blocks.\(index)"
            shapes.add(convolution: "\(name).reduce", from: block.inputs, to: block.middle, side: block.stride)
            shapes.add(convolution: "\(name).depthwise", from: 1, to: block.middle, side: 3)
            shapes.add(convolution: "\(name).expand", from: block.middle, to: block.outputs, side: 1)
            shapes["\(name).reduce.slope"] = [block.middle]
            shapes["\(name).slope"] = [block.outputs]
        }
        let channels = landmarkBlocks.last?.outputs ?? 0
        for (name, numbers) in landmarkHeads {
            shapes.add(convolution: "face.landmarks.\(name)", from: channels, to: numbers, side: 2)
        }
        return shapes
    }

    private static var blendshapes: TensorShapes {
        var shapes: TensorShapes = [:]
        let root = "face.blendshapes"
        shapes.add(linear: "\(root).points", from: blendshapePoints, to: blendshapePairs)
        shapes.add(linear: "\(root).embed", from: 2, to: blendshapeChannels)
        shapes["\(root).token"] = [blendshapeChannels]
        for index in 0..<blendshapeBlocks {
            let block = "\(root).blocks.\(index)"
            for norm in ["norm1", "norm2"] { shapes["\(block).\(norm).weight"] = [blendshapeChannels] }
            shapes.add(linear: "\(block).tokens1", from: blendshapeTokens, to: tokensMiddle)
            shapes.add(linear: "\(block).tokens2", from: tokensMiddle, to: blendshapeTokens)
            shapes.add(linear: "\(block).channels1", from: blendshapeChannels, to: channelsMiddle)
            shapes.add(linear: "\(block).channels2", from: channelsMiddle, to: blendshapeChannels)
        }
        shapes.add(linear: "\(root).output", from: blendshapeChannels, to: blendshapeCount)
        return shapes
    }

    private static var canonical: TensorShapes {
        ["face.canonical.vertices": [canonicalVertices, 3], "face.canonical.weights": [canonicalVertices]]
    }
}

extension PartRow {
    /// The face tracker, which finds heads in any picture.
    package static let face = PartRow(
        name: "face", prefix: FaceTensors.prefix, publication: .face,
        requirement: { _ in TensorRequirement(tensors: FaceTensors.shapes, widths: [], isSized: true) })
}

extension FamilyRow {
    /// The face tracker in a file of its own, for all models that are loaded beside it.
    package static let tracker = FamilyRow(
        family: .tracker, title: "a face tracker", shared: [FaceTensors.prefix], networks: [], domains: [],
        facts: ModelFacts(), publication: .face,
        requirement: { _, _ in TensorRequirement(tensors: FaceTensors.shapes, widths: [], isSized: true) },
        drivers: { _, _ in [] })
}

extension Publication {
    /// In a model file, or as ``FaceTask`` names what it reads.
    fileprivate static let face = Publication(
        copies: [""], networks: { _ in [(FaceTensors.prefix, FaceTensors.prefix)] },
        signs: ["detector", "landmarks", "blendshapes", "canonical"].map { "\(FaceTensors.prefix)\($0)." })
}
