import AnimoCompute
import AnimoModelFile

extension GridPadding {
    /// What a model file states.
    init(_ stated: ModelFacts.GridPadding) {
        self =
            switch stated {
            case .border: .border
            case .zeros: .zeros
            }
    }
}
