import AnimoCompute
import AnimoModelFile

extension GridPadding {
    /// The padding that a model file states.
    init(_ stated: ModelFacts.GridPadding) {
        self =
            switch stated {
            case .border: .border
            case .zeros: .zeros
            }
    }
}
