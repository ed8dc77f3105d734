import AnimoMotion

/// How a driving frame becomes numbers: by a part of the model, or by a face tracker, which makes a pose of it.
package enum FrameReading: Sendable, Equatable {
    case part(HeadReader)
    case tracker

    /// As options and reports name it: the part, or `tracker`.
    package var name: String {
        switch self {
        case .part(let reader): reader.part
        case .tracker: "tracker"
        }
    }
}

extension Capabilities {
    /// The ways to read a domain's frames, the preferred one first.
    ///
    /// Photographed heads: what the model was trained with, then the tracker, then the slim estimator, which has seen
    /// drawn heads alone. Drawn heads: the estimator, which reads their mouths, then the tracker, which does not. A
    /// tracker's pose drives only models that take poses.
    ///
    /// - Parameters:
    ///   - mapping: the way from a human expression to an anime pose that was asked for; nil: any.
    ///   - hasTracker: whether a tracker is loaded for the model.
    package func readings(
        of domain: Domain, mapping: ExpressionMapping? = nil, hasTracker: Bool
    ) -> [FrameReading] {
        let parts = readers.filter { reader in
            reader.domain == domain && (mapping == nil || reader.mapping == nil || reader.mapping == mapping)
        }
        let tracker: [FrameReading] = hasTracker && takesPoses && mapping == nil ? [.tracker] : []
        guard domain == .vox else { return parts.map(FrameReading.part) + tracker }
        func isSlim(_ reader: HeadReader) -> Bool { reader.part == "estimator" }
        return parts.filter { !isSlim($0) }.map(FrameReading.part) + tracker
            + parts.filter(isSlim).map(FrameReading.part)
    }
}
