import AnimoCompute

extension PIRendererNetworks {
    /// Draws one picture and keeps what the stages gave, in the networks' own numbers.
    func stages(_ executor: Executor, _ picture: FloatImage, _ window: [[Float]]) -> Stages {
        let source = prepare(executor, flow: picture, editing: picture, placement: nil, motion: nil)
        let latent = latent(executor, [window])
        let drawn = draw(executor, [source], latent)
        return Stages(
            latent: latent[0], flow: drawn.flow.values(0), warped: executor.materialise(drawn.warped).values(0),
            output: executor.picture(drawn.output, 0).pixels)
    }
}
