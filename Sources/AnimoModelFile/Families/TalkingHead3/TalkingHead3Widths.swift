/// Widths and depths of the five networks of a Talking Head Anime 3, read off their tensors.
package struct TalkingHead3Widths: Sendable, Equatable {
    /// An encoder-decoder: channels after its first block, the most anywhere, how often it halves, and its bottleneck.
    package struct Network: Sendable, Equatable {
        /// Channels at full size.
        package var base: Int
        /// Largest number of channels.
        package var limit: Int
        /// Number of times the size is halved.
        package var halvings: Int
        /// Blocks at the smallest size, the joint one, where it has one, among them.
        package var bottlenecks: Int

        /// Channels after `level` halvings.
        package func channels(_ level: Int) -> Int { min(base << level, limit) }
    }

    /// Widths of each network.
    package var networks: [TalkingHead3Network: Network]

    /// Widths of a network.
    package subscript(_ network: TalkingHead3Network) -> Network {
        networks[network] ?? Self.separableFloat[network]
    }

    /// The official `separable_float` weights.
    package static let published = TalkingHead3Widths(networks: [:])

    private static let separableFloat = PublishedWidths()

    private struct PublishedWidths: Sendable {
        subscript(_ network: TalkingHead3Network) -> Network {
            switch network {
            case .lift, .brow, .face: Network(base: 64, limit: 512, halvings: 3, bottlenecks: 6)
            case .turn: Network(base: 64, limit: 512, halvings: 3, bottlenecks: 6)
            case .edit: Network(base: 32, limit: 512, halvings: 3, bottlenecks: 6)
            }
        }
    }
}

/// The five networks, in the order they run.
package enum TalkingHead3Network: String, Sendable, CaseIterable {
    /// Lifts the brows off the face: background and layer.
    case lift = "eyebrow_decomposer"
    /// Moves the brows and puts them back.
    case brow = "eyebrow_morphing_combiner"
    /// Redraws eyes, irises and mouth.
    case face = "face_morpher"
    /// Turns head and body at half size.
    case turn = "two_algo_face_body_rotator"
    /// Refines the turn at full size.
    case edit = "editor"

    /// Planes of the source picture and what else it reads beside the pose.
    package var pictureChannels: Int {
        switch self {
        case .lift, .face, .turn: 4
        case .brow: 8
        case .edit: 10
        }
    }

    /// Numbers of the pose it reads.
    package var poseCount: Int {
        switch self {
        case .lift: 0
        case .brow: 12
        case .face: 27
        case .turn, .edit: 6
        }
    }

    /// Indicates whether its bottleneck begins with a block of its own, where the pose enters; else it enters with the
    /// picture.
    package var hasJointBlock: Bool { self == .brow || self == .face || self == .lift }

    /// Prefix of its encoder's and decoder's tensors.
    package var body: String { self == .turn ? "encoder_decoder" : "body" }

    /// Taps of its first block.
    package var firstKernel: Int { self == .turn ? 7 : 3 }

    /// Its heads, 3×3 over the last map: name, outputs, and whether it has a bias (grids have none).
    package var heads: [(name: String, outputs: Int, hasBias: Bool)] {
        switch self {
        case .lift:
            [
                ("background_layer_alpha.0", 1, true), ("background_layer_color_change.0", 4, true),
                ("eyebrow_layer_alpha.0", 1, true), ("eyebrow_layer_color_change.0", 4, true),
            ]
        case .brow:
            [
                ("morphed_eyebrow_layer_grid_change", 2, false), ("morphed_eyebrow_layer_alpha.0", 1, true),
                ("morphed_eyebrow_layer_color_change.0", 4, true),
            ]
        case .face:
            [
                ("iris_mouth_grid_change", 2, false), ("iris_mouth_alpha.0", 1, true),
                ("iris_mouth_color_change.0", 4, true), ("eye_alpha.0", 1, true), ("eye_color_change.0", 4, true),
            ]
        case .turn: [("grid_change_creator", 2, false)]
        case .edit:
            [("alpha_creator.0", 4, true), ("color_change_creator.0", 4, true), ("grid_change_creator", 2, false)]
        }
    }

    /// A head that is published and read by nothing.
    package var deadHead: String? {
        switch self {
        case .brow: "combine_alpha.0"
        case .turn: "direct_creator.0"
        default: nil
        }
    }
}

extension TalkingHead3Widths {
    /// The widths that the shapes below `tha3` show, or nil where the tensors that tell are absent or of no possible
    /// shape.
    package init?(_ shapes: TensorShapes) {
        networks = [:]
        for network in TalkingHead3Network.allCases {
            let body = "\(TalkingHead3Tensors.root(network)).\(network.body)"
            let halvings = shapes.count { "\(body).downsample_blocks.\($0).1.weight" } - 1
            guard (1...5).contains(halvings),
                let base = shapes.width("\(body).downsample_blocks.0.1.weight", axis: 0, rank: 4),
                let limit = shapes.width("\(body).downsample_blocks.\(halvings).1.weight", axis: 0, rank: 4)
            else { return nil }
            let joined = network.hasJointBlock && shapes["\(body).bottleneck_blocks.0.1.weight"] != nil ? 1 : 0
            let residuals = shapes.count { index in
                "\(body).bottleneck_blocks.\(index + joined).resnet_path.0.1.weight"
            }
            networks[network] = Network(
                base: base, limit: limit, halvings: halvings, bottlenecks: joined + residuals)
        }
    }

    /// The widths by the names of the metadata.
    package var fields: [NetworkWidth] {
        TalkingHead3Network.allCases.flatMap { network in
            let own = self[network]
            let name = network.rawValue
            return [
                NetworkWidth(name: "\(name)_base", value: own.base),
                NetworkWidth(name: "\(name)_mx", value: own.channels(own.halvings)),
                NetworkWidth(name: "\(name)_blocks", value: own.bottlenecks),
            ]
        }
    }
}
