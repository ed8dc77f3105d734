import AnimoCompute
import AnimoMotion

/// Outputs of each stage of one rendering, for comparison with goldens: channels last.
package struct Stages: Sendable {
    /// Latent motion code.
    package var latent: [Float] = []
    /// (h, w, 2)
    package var flow: [Float] = []
    /// The source picture under the flow, (H, W, 3).
    package var warped: [Float] = []
    /// The editing network's features of the source, largest first.
    package var encoder: [[Float]] = []
    /// (H, W, 3), tanh, not clamped.
    package var output: [Float] = []
}

extension AniMo {
    /// Renders one picture by `all` the networks, fast or plain, and keeps what their stages gave.
    func stages(
        _ all: Networks, flow: FloatImage, editing: FloatImage, motion: Motion, domain: Domain,
        isReference: Bool = false
    ) throws -> Stages {
        try flow.checkSides(capabilities.sizeStep, "flow picture")
        try editing.checkSides(capabilities.sizeStep, "editing picture")
        guard let networks = all.domains[domain] else {
            throw ModelError(.domain, "domain \(domain.rawValue): expected its networks in the model, got none")
        }
        let context = ComputeContext(
            pool: pool, workspace: Workspace(), upTo: contexts.lanes, isReference: isReference)
        let first = networks.warping.prepare(
            context, context.tensor([flow.pixels], height: flow.height, width: flow.width))
        let picture = context.tensor([editing.pixels], height: editing.height, width: editing.width)
        let features = networks.editing.encode(context, picture)
        let source = AniMoSource(domain: domain, first: first, features: features, networks: networks)
        let latent = all.motion.latent(context, 1) { _ in motion.values }
        let rendered = networks.render(context, latent) { _ in source }
        let positions = context.positions(rendered.flow, height: editing.height, width: editing.width)
        return Stages(
            latent: latent[0], flow: rendered.flow.values(0),
            warped: context.materialise(.warped(picture, positions)).values(0),
            encoder: features.map { $0.values(0) }, output: context.picture(rendered.output, 0).pixels)
    }
}
