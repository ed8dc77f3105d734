import AnimoCompute

extension PIRendererNetworks {
    /// Renders one picture and keeps what the stages gave, in the networks' own numbers.
    func stages(_ context: ComputeContext, _ picture: FloatImage, _ window: [[Float]]) -> Stages {
        let source = prepare(context, flow: picture, editing: picture, placement: nil, motion: nil)
        let latent = latent(context, [window])
        let rendered = render(context, [source], latent)
        return Stages(
            latent: latent[0], flow: rendered.flow.values(0), warped: context.materialise(rendered.warped).values(0),
            output: context.picture(rendered.output, 0).pixels)
    }
}
