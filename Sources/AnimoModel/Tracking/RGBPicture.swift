/// A picture as bytes: red, green and blue of every pixel, row by row; no transparency.
package struct RGBPicture: Sendable, Equatable {
    /// In pixels, above 0.
    package let width: Int
    /// In pixels, above 0.
    package let height: Int
    /// (height, width, 3)
    package let bytes: [UInt8]

    /// - Throws: ``ModelError/Code/pictureSize`` where the bytes are not those of so many pixels.
    package init(_ bytes: [UInt8], width: Int, height: Int) throws(ModelError) {
        let (pixels, overflows) = width.multipliedReportingOverflow(by: height)
        guard width > 0, height > 0, !overflows, bytes.count / 3 == pixels, bytes.count % 3 == 0 else {
            throw ModelError(
                .pictureSize, "picture: expected \(width)×\(height) pixels of 3 bytes, got \(bytes.count) bytes")
        }
        self.width = width
        self.height = height
        self.bytes = bytes
    }
}
