import AnimoJSON

/// An array out of a file: its name, shape and kind, and where its elements lie.
///
/// The elements stay in the file's bytes until ``floats()`` or ``contiguousBytes()`` asks for them, so that opening a
/// file costs no more than its table of contents.
package struct NamedArray: Sendable {
    /// Name in its container.
    package let name: String
    /// Sizes from the slowest to the fastest dimension; empty for a single number.
    package let shape: [Int]
    /// Type of the stored elements.
    package let elementType: ElementType

    /// Bytes of the container, shared with its other arrays.
    let bytes: FileBytes
    /// Offset of the first element in `bytes`.
    let offset: Int
    /// Elements from one index to the next in each dimension; nil when they follow each other in row-major order.
    let strides: [Int]?

    /// A tensor's element count may exceed that of its storage (an expanded tensor, stride 0) up to this many.
    static let expandedLimit = 1 << 20

    /// A view of `bytes`; every element it can name lies inside them, and inside `region` where one is given.
    init(
        name: String, shape: [Int], elementType: ElementType, bytes: FileBytes, offset: Int, strides: [Int]? = nil,
        within region: Range<Int>? = nil
    ) throws(CheckpointError) {
        let region = region ?? 0..<bytes.count
        guard let count = shape.checkedProduct, shape.allSatisfy({ $0 >= 0 }) else {
            throw CheckpointError(
                .malformed, "tensor \(name.quotedForMessage): expected a possible shape, got \(shape)")
        }
        let strides = strides == shape.rowMajorStrides ? nil : strides
        var last = count - 1
        if let strides, count > 0 {
            guard strides.count == shape.count, strides.allSatisfy({ $0 >= 0 }) else {
                throw CheckpointError(
                    .malformed, "tensor \(name.quotedForMessage): strides \(strides) do not fit shape \(shape)")
            }
            last = 0
            for (size, stride) in zip(shape, strides) {
                let (step, tooFar) = (size - 1).multipliedReportingOverflow(by: stride)
                let (sum, tooLong) = last.addingReportingOverflow(step)
                last = tooFar || tooLong ? Int.max : sum
            }
        }
        let (end, overflow) = (last == Int.max ? last : last + 1).multipliedReportingOverflow(by: elementType.size)
        guard offset >= region.lowerBound, offset <= region.upperBound, region.upperBound <= bytes.count, !overflow,
            end <= region.upperBound - offset
        else {
            throw CheckpointError(
                .malformed, "tensor \(name.quotedForMessage): its elements reach beyond the data that holds them")
        }
        guard count <= max(region.count / elementType.size, Self.expandedLimit) else {
            throw CheckpointError(
                .tooLarge, "tensor \(name.quotedForMessage): \(count) elements repeat a few over and over")
        }
        self.name = name
        self.shape = shape
        self.elementType = elementType
        self.bytes = bytes
        self.offset = offset
        self.strides = count == 0 ? nil : strides
    }

    private init(viewing other: NamedArray, name: String, shape: [Int]) {
        self.name = name
        self.shape = shape
        elementType = other.elementType
        bytes = other.bytes
        offset = other.offset
        strides = other.strides
    }

    /// An array of numbers in row-major order. Where `floats` are not as many as `shape` says, the shape becomes
    /// that of a plain list.
    package init(name: String, shape: [Int], floats: [Float]) {
        self.name = name
        self.shape = shape.checkedProduct == floats.count ? shape : [floats.count]
        elementType = .float32
        bytes = FileBytes(floats.withUnsafeBytes { Array($0) })
        offset = 0
        strides = nil
    }

    /// Number of elements.
    package var count: Int { shape.reduce(1, *) }

    /// The same elements under another name.
    package func renamed(_ name: String) -> NamedArray { NamedArray(viewing: self, name: name, shape: shape) }

    /// The same elements with their axes in another order, as a view.
    ///
    /// - Parameter axes: for each axis of the result the axis of this array that it is.
    package func transposed(_ axes: [Int]) throws(CheckpointError) -> NamedArray {
        guard axes.sorted() == Array(shape.indices), let strides = strides ?? shape.rowMajorStrides else {
            throw CheckpointError(
                .malformed, "tensor \(name.quotedForMessage): axes \(axes) do not fit shape \(shape)")
        }
        return try NamedArray(
            name: name, shape: axes.map { shape[$0] }, elementType: elementType, bytes: bytes, offset: offset,
            strides: axes.map { strides[$0] })
    }

    /// The same elements, in row-major order already, under another shape.
    package func reshaped(_ shape: [Int]) throws(CheckpointError) -> NamedArray {
        guard shape.checkedProduct == count, strides == nil else {
            throw CheckpointError(
                .malformed, "tensor \(name.quotedForMessage): shape \(self.shape) cannot become \(shape)")
        }
        return NamedArray(viewing: self, name: name, shape: shape)
    }
}

extension [Int] {
    /// The product of the sizes, or nil where it does not fit.
    var checkedProduct: Int? {
        var product = 1
        for size in self where size != 1 {
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            if overflow { return contains(0) ? 0 : nil }
            product = next
        }
        return product
    }

    /// Strides of a row-major array of this shape; nil where they do not fit.
    var rowMajorStrides: [Int]? {
        var strides = [Int](repeating: 1, count: count)
        var stride = 1
        for axis in indices.reversed() {
            strides[axis] = stride
            let (next, overflow) = stride.multipliedReportingOverflow(by: self[axis])
            if overflow { return nil }
            stride = next
        }
        return strides
    }
}
