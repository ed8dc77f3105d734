import AnimoCheckpoint

import AnimoModelFile
import AnimoMotion

/// A model of the smallest widths, filled with seeded numbers.
package enum SmallModel {
    package static let widths = AnimoWidths(warpBase: 1, editBase: 1, limit: 4, latent: 4, style: 3)

    /// All tensors by name; change them before ``bytes(_:metadata:)`` to make a faulty one.
    package static func arrays(
        _ domains: [Domain] = Domain.allCases, widths: AnimoWidths = widths, estimator: Bool = true,
        type: ElementType = .float32
    ) throws -> [String: NamedArray] {
        var shapes = AnimoTensors.motion(widths)
        for domain in domains {
            shapes.merge(AnimoTensors.warping(widths, domain)) { first, _ in first }
            shapes.merge(AnimoTensors.editing(widths, domain)) { first, _ in first }
        }
        if estimator {
            let own = ResidualTensors(base: 2, blocks: [1, 2, 1, 1], isBottleneck: false)
            shapes.merge(own.shapes(under: "vox.estimator")) { first, _ in first }
            shapes.add(linear: "vox.estimator.fc", from: own.outputs, to: Motion.count)
        }
        shapes["pose_basis"] = [17, 64]
        var generator = SplitMix64(state: 9)
        var arrays: [String: NamedArray] = [:]
        for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
            // Variances are not below 0.
            let lowest: Float = name.hasSuffix(".running_var") ? 0 : -0.5
            let floats = (0..<shape.reduce(1, *)).map { _ in generator.unit() + lowest }
            arrays[name] = try NamedArray(name: name, shape: shape, floats: floats).converted(to: type)
        }
        return arrays
    }

    package static func metadata(
        native: Int = 64, estimators: String = #"{"vox": {"input": 64}}"#, more: String = ""
    ) -> String {
        let names = PoseMapping.standardChannels.map { "\"\($0)\"" }.joined(separator: ",")
        return """
            {"version": 1, "family": "animo", "native_size": \(native), "image_range": [0, 1], "channels": [\(names)], \
            "estimators": \(estimators)\(more)}
            """
    }

    package static func bytes(_ arrays: [String: NamedArray], metadata: String = metadata()) throws -> [UInt8] {
        try Safetensors.bytes(of: arrays.values, metadata: ["animo": metadata])
    }

    /// The name a tensor has in the published checkpoints.
    package static func published(_ name: String) -> String {
        for (published, ours) in FamilyRow.animo.publication.networks(.vox) where name.hasPrefix(ours) {
            return published + name.dropFirst(ours.count)
        }
        return name
    }
}
