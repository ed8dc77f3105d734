/// Share of an expression that a pose can show, 0…1.
package struct Expressed: Sendable, Equatable {
    /// Share of the whole expression.
    package var overall: Double
    /// Share of the brows' part.
    package var brows: Double
    /// Share of the eyes' part.
    package var eyes: Double
    /// Share of the mouth's part.
    package var mouth: Double

    /// Creates one from its fields.
    package init(overall: Double, brows: Double, eyes: Double, mouth: Double) {
        self.overall = overall
        self.brows = brows
        self.eyes = eyes
        self.mouth = mouth
    }
}

extension PoseMapping {
    /// The pose that comes nearest to a motion: m minimises ‖exp − m·basis‖² + 1e-4·‖m‖² over 0 ≤ m ≤ 1, angles are
    /// inverted exactly, translation has no place in a pose.
    ///
    /// *Expressed* is 1 − ‖residual‖/‖exp‖, 1 where exp is 0. For brows, eyes and mouth both are first projected onto
    /// the span of that region's rows of the basis, so that each says how much of what the region can show is shown.
    ///
    /// - Throws: ``PoseError/Code/noBasis`` where the model has no basis.
    package func pose(from motion: Motion) throws(PoseError) -> (pose: Pose, expressed: Expressed) {
        guard let inverse else { throw Self.missingBasis }
        let expression = motion.expression.map(Double.init)
        let intensities = inverse.solver.solve(expression)
        let residual = inverse.solver.residual(expression, intensities)
        var pose = Pose()
        for (index, value) in intensities.enumerated() { pose[index] = Float(value) }
        for (axis, index) in Self.angleOrder.enumerated() {
            pose[index] = Float(Double(motion.angles[axis]) * 180 / .pi)
        }
        func share(_ region: PoseRegion) -> Double {
            guard let span = inverse.spans[region] else { return 1 }
            return Self.expressed(span.projected(residual), of: span.projected(expression))
        }
        let expressed = Expressed(
            overall: Self.expressed(residual, of: expression),
            brows: share(.brows), eyes: share(.eyes), mouth: share(.mouth))
        return (pose, expressed)
    }

    /// Share of a pose's expression that another shows: 1 − ‖difference‖ / ‖asked‖ of brows, eyes and mouth, and of
    /// all.
    package func expressed(showing shown: Pose, of asked: Pose) -> Expressed {
        func share(_ regions: [PoseRegion]) -> Double {
            let members = layout.channels.indices.filter { index in
                regions.contains { $0.rawValue == layout.channels[index].group }
            }
            return Self.expressed(
                members.map { Double(asked.values[$0] - shown.values[$0]) },
                of: members.map { Double(asked.values[$0]) })
        }
        return Expressed(
            overall: share(PoseRegion.allCases), brows: share([.brows]), eyes: share([.eyes]), mouth: share([.mouth]))
    }

    /// The problem with its matrices multiplied out, and the space that each region's rows span.
    struct Inverse: Sendable {
        /// Solver of the whole basis, 17 × 64.
        let solver: BoundedLeastSquares
        /// Space of the basis' rows of each region.
        let spans: [PoseRegion: BoundedLeastSquares.Span]

        /// - Parameters:
        ///   - basis: 17 × 64, row by row.
        ///   - regionOf: region of a morph by its index.
        init(basis: [Float], regionOf: (Int) -> PoseRegion?) {
            let solver = BoundedLeastSquares(basis: basis, rows: Pose.morphs, columns: Motion.expressions)
            var spans: [PoseRegion: BoundedLeastSquares.Span] = [:]
            for region in PoseRegion.allCases {
                spans[region] = solver.span(of: (0..<Pose.morphs).filter { regionOf($0) == region })
            }
            self.solver = solver
            self.spans = spans
        }
    }

    private static func expressed(_ residual: [Double], of whole: [Double]) -> Double {
        let norm = { (vector: [Double]) in vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        let size = norm(whole)
        return size > 1e-12 ? min(max(1 - norm(residual) / size, 0), 1) : 1
    }
}

/// A part of the face that morphs move together.
package enum PoseRegion: String, Sendable, CaseIterable {
    case brows, eyes, mouth
}

extension PoseRegion {
    /// The region of one of the standard 17 morphs: by its name, else by its place in the published order.
    init(ofMorph index: Int, named name: String) {
        let name = name.lowercased()
        if name.contains("brow") {
            self = .brows
        } else if name.contains("eye") {
            self = .eyes
        } else if name.contains("mouth") {
            self = .mouth
        } else {
            self = index < 6 ? .brows : index < 12 ? .eyes : .mouth
        }
    }
}

extension PoseMapping {
    /// The region of a morph of the standard layout; nil for the angles.
    package func region(of index: Int) -> PoseRegion? {
        guard (0..<Pose.morphs).contains(index) else { return nil }
        return PoseRegion(ofMorph: index, named: channels[index])
    }
}
