import AnimoCompute
import AnimoModelFile

/// The two networks of Latent Pose Descriptors, which read a frame of anybody's head and render the one they were tuned
/// to.
package final class LatentPoseNetworks: Sendable {
    /// Frame → latent pose.
    let encoder: PoseEncoder
    /// Latent pose → picture.
    let generator: LatentPoseGenerator
    /// Channels, sides and numbers of a pose, read off the file's tensors.
    let widths: LatentPoseWidths

    /// - Parameters:
    ///   - weights: `pose_encoder` and `generator` lie below them.
    ///   - pool: shares the work of laying out the weights.
    init(_ weights: Weights, _ widths: LatentPoseWidths, pool: WorkerPool) throws {
        encoder = try PoseEncoder(weights.scoped(to: "pose_encoder"), side: 256)
        generator = try LatentPoseGenerator(weights.scoped(to: "generator"), widths, pool: pool)
        self.widths = widths
    }

    /// Outputs of each stage for one frame, channels last, for comparison with goldens.
    package struct Stages: Sendable, Equatable {
        /// Outputs of the pose encoder's 19 features, (height, width, channels).
        package var features: [[Float]] = []
        /// Output of the pose encoder.
        package var pose: [Float] = []
        /// Shift and scale of every norm of the generator.
        package var affine: [Float] = []
        /// Outputs of the generator's blocks, (height, width, channels).
        package var blocks: [[Float]] = []
        /// (height, width)
        package var mask: [Float] = []
        /// (height, width, 3), on black, not clamped.
        package var output: [Float] = []
    }

    /// Reads one frame, renders it, and keeps what the stages gave.
    ///
    /// - Parameter frame: (256, 256, 3) in 0…1, or smaller.
    func stages(_ context: ComputeContext, _ frame: FloatImage) -> Stages {
        var stages = Stages()
        let picture = context.tensor([frame.pixels], height: frame.height, width: frame.width)
        let poses = encoder.poses(context, picture) { stages.features.append($0.values(0)) }
        stages.pose = poses[0]
        let styles = generator.styles(context, poses)
        stages.affine = styles[0]
        let rendered = generator.render(context, styles) { stages.blocks.append($0.values(0)) }
        (stages.output, stages.mask) = context.maskedPicture(rendered, 0)
        return stages
    }

    /// Bytes of the weights as the kernels hold them.
    var byteCount: Int { encoder.byteCount + generator.byteCount }
}
