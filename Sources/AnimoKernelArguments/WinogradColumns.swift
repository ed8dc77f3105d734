/// Arguments to bring ten rows to the points of F(4, 7) along the columns: output[point] = Σ Bᵀ[point, row] · row.
package struct WinogradColumnsInputArguments {
    /// Ten rows in a ring of ten places, `rowStride` floats apart; the first row is at place `first`.
    package var rows: UnsafePointer<Float>
    /// Floats from one place of the ring to the next.
    package var rowStride: Int
    /// Place of the first row in the ring, 0…9.
    package var first: Int
    /// Floats of a row to transform.
    package var count: Int
    /// (10, count), `pointStride` floats from one point to the next.
    package var output: UnsafeMutablePointer<Float>
    /// Floats from one point's values to the next point's.
    package var pointStride: Int

    /// Creates the arguments from their fields.
    package init(
        rows: UnsafePointer<Float>, rowStride: Int, first: Int, count: Int, output: UnsafeMutablePointer<Float>,
        pointStride: Int
    ) {
        self.rows = rows
        self.rowStride = rowStride
        self.first = first
        self.count = count
        self.output = output
        self.pointStride = pointStride
    }
}

/// Arguments to gather the products of a 7×7 head to pixels of up to four channels.
///
/// sum[point, x, o] = Σ over the seven columns of products[point, x + column, 4 · column + o], then along the rows
/// output[row] = Σ Aᵀ[row, point] · sum[point] + bias.
package struct WinogradColumnsOutputArguments {
    /// (10, width + 6, 32), `pointStride` floats from one point to the next.
    package var products: UnsafePointer<Float>
    /// Floats from one point's products to the next point's.
    package var pointStride: Int
    /// Pixels of an output row.
    package var width: Int
    /// Four numbers.
    package var bias: UnsafePointer<Float>
    /// Pixels of 8 floats, of which the last four become zero; `pitch` floats to the next row.
    package var output: UnsafeMutablePointer<Float>
    /// Floats from one output row to the next.
    package var pitch: Int
    /// Rows to write, up to four.
    package var height: Int

    /// Creates the arguments from their fields.
    package init(
        products: UnsafePointer<Float>, pointStride: Int, width: Int, bias: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>, pitch: Int, height: Int
    ) {
        self.products = products
        self.pointStride = pointStride
        self.width = width
        self.bias = bias
        self.output = output
        self.pitch = pitch
        self.height = height
    }
}
