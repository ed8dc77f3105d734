import AnimoCompute

extension FlowField {
    /// Positions of a flow in pixels of its own grid, as AniMo and PIRenderer find it: the grid spans the flow's corner
    /// centres but is read with half-pixel centres, as published, so that zero flow is not quite the identity.
    ///
    /// - Parameter flow: (batch, h, w, 2), x then y.
    init(_ flow: Tensor, _ index: Int) {
        self.init(positions: flow.flowPositions(index), width: flow.width, height: flow.height)
    }

    /// Positions of a first order motion model's dense motion, whose first two channels they are.
    ///
    /// - Parameters:
    ///   - deformation: (batch, h, w, 3 or more), x then y.
    ///   - alignsCorners: whether they are read so that -1 and 1 are the outermost pixels' centres.
    init(deformation: Tensor, _ index: Int, alignsCorners: Bool) {
        self.init(
            positions: deformation.deformationPositions(index, alignsCorners: alignsCorners), width: deformation.width,
            height: deformation.height)
    }
}
