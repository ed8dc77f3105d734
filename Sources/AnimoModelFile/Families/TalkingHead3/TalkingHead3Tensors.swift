import AnimoMotion

/// The names and shapes of a Talking Head Anime 3's tensors, separable networks.
package enum TalkingHead3Tensors {
    /// Prefix of a network's tensors.
    package static func root(_ network: TalkingHead3Network) -> String { "tha3.\(network.rawValue)" }

    /// Names and shapes of a network's tensors.
    package static func tensors(_ network: TalkingHead3Network, _ widths: TalkingHead3Widths.Network) -> TensorShapes {
        var shapes: TensorShapes = [:]
        let root = root(network)
        let body = "\(root).\(network.body)"
        let (last, planes) = (widths.channels(widths.halvings), network.hasJointBlock ? 0 : network.poseCount)
        add(
            block: "\(body).downsample_blocks.0", from: network.pictureChannels + planes, to: widths.base,
            side: network.firstKernel, to: &shapes)
        for level in 0..<widths.halvings {
            add(
                block: "\(body).downsample_blocks.\(level + 1)", from: widths.channels(level),
                to: widths.channels(level + 1), side: 4, to: &shapes)
        }
        for index in 0..<widths.bottlenecks {
            let name = "\(body).bottleneck_blocks.\(index)"
            if network.hasJointBlock, index == 0 {
                add(block: name, from: last + network.poseCount, to: last, side: 3, to: &shapes)
                continue
            }
            for half in [0, 3] {
                shapes.add(separable: "\(name).resnet_path.\(half)", from: last, to: last, side: 3)
                shapes.add(norm: "\(name).resnet_path.\(half + 1)", channels: last)
            }
        }
        for step in 0..<widths.halvings {
            let level = widths.halvings - 1 - step
            let (from, to) = (widths.channels(level + 1), widths.channels(level))
            switch network {
            case .turn: add(block: "\(body).upsample_blocks.\(step).1", from: from, to: to, side: 3, to: &shapes)
            case .edit:
                add(block: "\(body).upsample_blocks.\(step)", from: from + to, to: to, side: 3, to: &shapes)
            default: add(block: "\(body).upsample_blocks.\(step)", from: from, to: to, side: 4, to: &shapes)
            }
        }
        for head in network.heads {
            shapes.add(
                convolution: "\(root).\(head.name)", from: widths.base, to: head.outputs, side: 3,
                hasBias: head.hasBias)
        }
        return shapes
    }

    private static func add(block name: String, from: Int, to: Int, side: Int, to shapes: inout TensorShapes) {
        shapes.add(separable: name, from: from, to: to, side: side)
        shapes.add(norm: "\(name).2", channels: to)
    }
}

extension TensorShapes {
    /// Every channel by itself, then 1×1, without biases.
    fileprivate mutating func add(separable name: String, from: Int, to: Int, side: Int) {
        self["\(name).0.weight"] = [from, 1, side, side]
        self["\(name).1.weight"] = [to, from, 1, 1]
    }

    fileprivate mutating func add(norm name: String, channels: Int) {
        self["\(name).weight"] = [channels]
        self["\(name).bias"] = [channels]
    }
}

extension FamilyRow {
    /// The side of its pictures, which its networks cut crops of fixed sizes from.
    package static let talkingHead3Side = 512

    /// The row of Talking Head Anime 3.
    package static let talkingHead3 = FamilyRow(
        family: .talkingHead3, title: "a Talking Head Anime 3", shared: ["tha3."], networks: [], domains: [.anime],
        facts: ModelFacts(imageRange: -1...1), sizeStep: talkingHead3Side, nativeSize: talkingHead3Side,
        layout: .talkingHead3, framing: .talkingHead3,
        publication: Publication(
            copies: [""],
            networks: { _ in [("tha3.", "tha3.")] },
            signs: TalkingHead3Network.allCases.map { "\(TalkingHead3Tensors.root($0))." },
            files: TalkingHead3Network.allCases.map(\.file),
            isUnused: { name in
                TalkingHead3Network.allCases.contains { network in
                    network.deadHead.map { name.hasPrefix("\(TalkingHead3Tensors.root(network)).\($0).") } ?? false
                }
            }),
        requirement: { shapes, _ in
            let shown = TalkingHead3Widths(shapes)
            let widths = shown ?? .published
            return TensorRequirement(
                tensors: TalkingHead3Network.allCases.reduce(into: [:]) { all, network in
                    all.merge(TalkingHead3Tensors.tensors(network, widths[network])) { first, _ in first }
                }, widths: widths.fields, isSized: shown != nil)
        },
        drivers: { _, _ in ["poses of 45 and of 20 numbers", "ARKit blendshapes"] })
}

extension TalkingHead3Network {
    /// The files hold one network each, under names that several share, and are told apart by their heads.
    fileprivate var file: PublishedFile {
        PublishedFile(
            name: rawValue,
            signs: Set(heads.map { "\($0.name).weight" } + ["\(body).downsample_blocks.0.0.weight"]),
            prefix: "\(TalkingHead3Tensors.root(self)).")
    }
}
