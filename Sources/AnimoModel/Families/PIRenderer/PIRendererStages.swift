import AnimoCompute

extension PIRendererNetworks {
    /// Draws one picture and keeps what the stages gave, in the networks' own numbers.
    func stages(_ context: ComputeContext, _ picture: FloatImage, _ window: [[Float]]) -> Stages {
        let source = prepare(context, flow: picture, editing: picture, placement: nil, motion: nil)
        let latent = latent(context, [window])
        let drawn = draw(context, [source], latent)
        return Stages(
            latent: latent[0], flow: drawn.flow.values(0), warped: context.materialise(drawn.warped).values(0),
            output: context.picture(drawn.output, 0).pixels)
    }
}
