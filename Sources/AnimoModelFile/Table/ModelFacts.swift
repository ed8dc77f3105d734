import AnimoJSON

/// The facts of arithmetic in which families, and checkpoints of one family, differ.
package struct ModelFacts: Sendable, Equatable {
    /// The values of black and white in the networks' pictures.
    package var imageRange: ClosedRange<Float> = 0...1
    /// Number of frames whose numbers one picture is rendered from.
    package var window = 1
    /// Padding of a sampling grid beyond the picture.
    package var gridPadding = GridPadding.border
    /// Indicates whether -1 and 1 of a sampling grid are the centres of the outermost pixels instead of their outer
    /// edges.
    package var alignsCorners = false

    /// Value beyond the outermost pixels: the pixel itself again, or 0.
    package enum GridPadding: String, Sendable, Equatable {
        case border, zeros
    }

    /// The facts by the names the metadata gives them.
    package enum Field: String, CaseIterable, Sendable {
        case imageRange = "image_range"
        case window
        case gridPadding = "grid_padding"
        case alignsCorners = "align_corners"
    }

    /// Returns a fact as the metadata states it.
    package func value(of field: Field) -> JSONValue {
        switch field {
        case .imageRange: .array([.integer(Int(imageRange.lowerBound)), .integer(Int(imageRange.upperBound))])
        case .window: .integer(window)
        case .gridPadding: .string(gridPadding.rawValue)
        case .alignsCorners: .bool(alignsCorners)
        }
    }

    /// Takes what a file says, where that is something this program computes.
    ///
    /// - Returns: whether it is.
    package mutating func take(_ value: JSONValue, for field: Field) -> Bool {
        switch field {
        case .imageRange:
            let ends = value.arrayValue?.map(\.doubleValue)
            if ends == [0, 1] {
                imageRange = 0...1
            } else if ends == [-1, 1] {
                imageRange = -1...1
            } else {
                return false
            }
        case .window:
            guard let count = value.integerValue, count == 1 || count == 27 else { return false }
            window = count
        case .gridPadding:
            guard let padding = value.stringValue.flatMap(GridPadding.init) else { return false }
            gridPadding = padding
        case .alignsCorners:
            guard let flag = value.boolValue else { return false }
            alignsCorners = flag
        }
        return true
    }
}
