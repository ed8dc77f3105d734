import AnimoErrors

/// Reason why a model cannot be built of its weights, or cannot render what was asked.
package typealias ModelError = CodedError<ModelErrorCode>

/// Kinds of ``ModelError``.
package enum ModelErrorCode: String, Sendable {
    /// The weights lack a tensor that the networks need.
    case missingTensor
    /// A weight has no value that can be computed with.
    case badWeights
    /// A picture's size is not what the networks can take, or does not match its values.
    case pictureSize
    /// The model has no networks for a domain.
    case domain
    /// The request needs a part or a family that this model lacks.
    case missingPart
    /// A prepared source belongs to another model.
    case foreignSource
    /// The processor cannot run the kernels.
    case processor
}
