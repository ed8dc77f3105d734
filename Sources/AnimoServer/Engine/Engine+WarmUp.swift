import AnimoModel
import AnimoPictures

extension Engine {
    /// Prepares a grey head, reads it and draws it at rest in every domain: what allocates or fails the first time
    /// does so now, and not in somebody's call.
    public func warmUp() throws {
        let information = information
        for domain in information.domains {
            let head = grey(information.nativeSize)
            let prepared = try prepare(
                SourcePictures(
                    flow: head, editing: head, estimator: information.estimatorInputs[domain].map(grey)),
                domain: domain)
            let drawn = try draw([DrawTask(features: prepared.features, driver: .motion(Motion()))])
            guard drawn.count == 1 else { throw EngineFailure.nothingDrawn }
        }
    }

    private func grey(_ side: Int) -> Picture {
        Picture(width: side, height: side, layout: .rgb, pixels: [UInt8](repeating: 128, count: side * side * 3))
    }
}
